/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "report/json/ndjson.h"

#include "report/json/json.h"
#include "report/json/parts.h"

/* Writes `fields` as an event and takes ownership of the reference. NULL means that there was no memory
 * for it. */
static int write_event(const char *name, json_t *fields, FILE *out, struct vastar_error *err)
{
	json_t *event = fields ? json_pack("{s:s}", "event", name) : NULL;
	int rc = event && !json_object_update(event, fields) ? tree_write(event, JSON_COMPACT, out, err)
							     : err_nomem(err, "report");

	json_decref(event);
	json_decref(fields);
	return rc;
}

int ndjson_write_interval(const struct interval *interval, FILE *out, struct vastar_error *err)
{
	struct tree tree = {false};
	json_t *fields = json_interval(&tree, interval);

	if (tree.failed) {
		json_decref(fields);
		fields = NULL;
	}
	return write_event("interval", fields, out, err);
}

int ndjson_write_result(const struct report *report, FILE *out, struct vastar_error *err)
{
	return write_event("result", json_report(report), out, err);
}

static int write_ndjson(const struct report *report, FILE *out, struct vastar_error *err)
{
	int rc = 0;

	for (uint32_t i = 0; !rc && i < report->result->interval_count; i++)
		rc = ndjson_write_interval(&report->result->intervals[i], out, err);
	return rc ? rc : ndjson_write_result(report, out, err);
}

const struct report_format report_ndjson = {.name = "ndjson", .write = write_ndjson};
