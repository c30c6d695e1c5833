/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "report/ceiling.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "report/emit.h"
#include "report/reader.h"
#include "report/tree.h"

static const char KIND[] = "calibration";

const struct ceiling_row *ceiling_best(const struct ceiling *ceiling)
{
	const struct ceiling_row *best = NULL;

	for (uint32_t i = 0; i < ceiling->count; i++)
		if (!best || ceiling->rows[i].rps > best->rps)
			best = &ceiling->rows[i];
	return best;
}

void ceiling_free(struct ceiling *ceiling)
{
	free(ceiling->rows);
	*ceiling = (struct ceiling){0};
}

/* ---- JSON ---- */

static void put_row(struct tree *tree, json_t *rows, const struct ceiling_row *row)
{
	json_t *object = json_object();

	tree_put(tree, object, "workers", tree_integer(row->workers));
	tree_put(tree, object, "follows_load", json_boolean(row->follows_load));
	tree_put(tree, object, "concurrency", tree_integer(row->concurrency));
	tree_put(tree, object, "rps", tree_real(row->rps));
	tree_put(tree, object, "cpu_per_request_s", tree_real(row->cpu_s));
	tree_put(tree, object, "server_cpu_per_request_s", tree_real(row->server_cpu_s));
	tree_put(tree, object, "p50_s", tree_real(row->p50_s));
	tree_put(tree, object, "p99_s", tree_real(row->p99_s));
	tree_append(tree, rows, object);
}

static void put_best(struct tree *tree, json_t *root, const struct ceiling_row *best)
{
	json_t *object = tree_nest(tree, root, "ceiling", json_object());

	tree_put(tree, object, "rps", tree_real(best->rps));
	tree_put(tree, object, "workers", tree_integer(best->workers));
	tree_put(tree, object, "concurrency", tree_integer(best->concurrency));
}

int ceiling_write_json(const struct ceiling *ceiling, FILE *out, struct vastar_error *err)
{
	struct tree tree = {false};
	json_t *root = json_object();
	int rc;

	tree_put(&tree, root, "schema_version", tree_string("1.0"));
	tree_put(&tree, root, "kind", tree_string(KIND));
	json_t *vastar = tree_nest(&tree, root, "vastar", json_object());

	tree_put(&tree, vastar, "version", tree_string(VASTAR_VERSION));
	tree_put(&tree, vastar, "kernel", tree_string(ceiling->machine.kernel));
	tree_put_machine(&tree, root, &ceiling->machine);
	tree_put(&tree, root, "started_at", tree_string(fmt_instant(ceiling->started_at_s, -1).s));
	json_t *params = tree_nest(&tree, root, "params", json_object());

	tree_put(&tree, params, "duration_s", tree_real(ceiling->duration_s));
	tree_put(&tree, params, "repeats", tree_integer(ceiling->repeats));
	tree_put(&tree, root, "interrupted", json_boolean(ceiling->interrupted));
	put_best(&tree, root, ceiling_best(ceiling));
	json_t *rows = tree_nest(&tree, root, "rows", json_array());

	for (uint32_t i = 0; i < ceiling->count; i++)
		put_row(&tree, rows, &ceiling->rows[i]);
	rc = tree.failed ? err_nomem(err, "report") : tree_write(root, JSON_INDENT(2), out, err);
	json_decref(root);
	return rc;
}

/* ---- text ---- */

static void print_rows(FILE *out, const struct ceiling *ceiling)
{
	const struct ceiling_row *best = ceiling_best(ceiling);

	fprintf(out, "  %7s %7s %12s %12s %12s %11s %11s\n", "workers", "c", "requests/s", "CPU us/req",
		"server's", "p50", "p99");
	for (uint32_t i = 0; i < ceiling->count; i++) {
		const struct ceiling_row *row = &ceiling->rows[i];
		char workers[16];

		snprintf(workers, sizeof(workers), "%s%u", row->follows_load ? "auto " : "", row->workers);
		fprintf(out, "%c %7s %7u %12s %12.2f %12.2f ", row == best ? '>' : ' ', workers,
			row->concurrency, fmt_grouped(row->rps).s, row->cpu_s * 1e6, row->server_cpu_s * 1e6);
		fprintf(out, "%11s ", fmt_short(row->p50_s).s);
		fprintf(out, "%11s\n", fmt_short(row->p99_s).s);
	}
}

static bool any_follows_load(const struct ceiling *ceiling)
{
	for (uint32_t i = 0; i < ceiling->count; i++)
		if (ceiling->rows[i].follows_load)
			return true;
	return false;
}

int ceiling_write_text(const struct ceiling *ceiling, FILE *out, struct vastar_error *err)
{
	const struct ceiling_row *best = ceiling_best(ceiling);
	const struct run_facts *machine = &ceiling->machine;
	struct draft draft;

	if (!draft_open(&draft))
		return err_nomem(err, "report");
	if (ceiling->interrupted)
		fputs("INTERRUPTED: stopped before the end; rows may be missing.\n\n", draft.stream);
	fprintf(draft.stream,
		"What vastar and its own server reach on this host, the median of %u run%s of %s each:\n\n",
		ceiling->repeats, ceiling->repeats == 1 ? "" : "s",
		fmt_duration((uint64_t)llround(ceiling->duration_s * 1e9)).s);
	print_rows(draft.stream, ceiling);
	if (any_follows_load(ceiling))
		fputs("\n  auto: workers follow the load, as without -w; how many there were at the end\n",
		      draft.stream);
	fprintf(draft.stream, "\nCeiling: %s requests/s, with %u worker%s at c = %u\n",
		fmt_grouped(best->rps).s, best->workers, best->workers == 1 ? "" : "s", best->concurrency);
	fputs("Machine: ", draft.stream);
	fmt_escaped(draft.stream, machine->cpu_model);
	fprintf(draft.stream, ", %u processors (%u usable), Linux ", machine->cpu_count,
		machine->usable_cpus);
	fmt_escaped(draft.stream, machine->kernel);
	fputc('\n', draft.stream);
	return draft_emit(&draft, out, err);
}

/* ---- reading ---- */

static double rate_of(struct reader *reader, const json_t *object)
{
	double rps = 0;

	if (!reader_number(object, "rps", &rps) || rps <= 0)
		reader_complain(reader, "its rps is not a number above 0");
	return rps;
}

static void read_row(struct reader *reader, const json_t *object, struct ceiling_row *row)
{
	*row = (struct ceiling_row){
	    .workers = reader_count_within(reader, object, "workers", 1, PLAN_WORKERS_MAX),
	    .concurrency = reader_count_within(reader, object, "concurrency", 1, PLAN_CONNECTIONS_MAX),
	    .rps = rate_of(reader, object),
	    .cpu_s = reader_number_or(reader, object, "cpu_per_request_s", 0),
	    .server_cpu_s = reader_number_or(reader, object, "server_cpu_per_request_s", 0),
	    .p50_s = reader_number_or(reader, object, "p50_s", 0),
	    .p99_s = reader_number_or(reader, object, "p99_s", 0),
	};
}

/* False: out of memory. */
static bool read_rows(struct reader *reader, const json_t *root, struct ceiling *ceiling)
{
	const json_t *rows = reader_array(reader, root, "rows");
	size_t count = json_array_size(rows);

	if (count < 1 || count > CEILING_ROWS_MAX) {
		reader_complain(reader, "it has no rows, or more than %d", CEILING_ROWS_MAX);
		return true;
	}
	ceiling->rows = calloc(count, sizeof(*ceiling->rows));
	if (!ceiling->rows)
		return false;
	for (size_t i = 0; i < count; i++)
		read_row(reader, json_array_get(rows, i), &ceiling->rows[i]);
	ceiling->count = (uint32_t)count;
	return true;
}

int ceiling_parse(struct ceiling *ceiling, const char *name, const char *bytes, size_t length,
		  struct vastar_error *err)
{
	struct reader reader = {""};
	json_t *root = reader_tree(&reader, bytes, length);
	bool memory = true;

	*ceiling = (struct ceiling){0};
	if (root)
		reader_kind(&reader, root, KIND, "a calibration");
	if (!*reader.complaint) {
		reader_machine(&reader, root, &ceiling->machine);
		memory = read_rows(&reader, root, ceiling);
	}
	json_decref(root);
	if (memory && !*reader.complaint)
		return 0;
	ceiling_free(ceiling);
	if (!memory)
		return err_nomem(err, name);
	return err_set(err, VASTAR_E_USAGE,
		       "--calibration %.200s: %s (give a file that vastar calibrate -o json wrote)", name,
		       reader.complaint);
}

int ceiling_load(struct ceiling *ceiling, const char *path, struct vastar_error *err)
{
	char *bytes = NULL;
	size_t length;
	int rc = reader_file("--calibration", path, &bytes, &length, err);

	*ceiling = (struct ceiling){0};
	if (!rc)
		rc = ceiling_parse(ceiling, path, bytes, length, err);
	free(bytes);
	return rc;
}

/* ---- use in a benchmark report ---- */

double ceiling_share(const struct ceiling *ceiling, const struct result *result)
{
	return result->facts.total_ns ? result_rps(result) / ceiling_best(ceiling)->rps : NAN;
}

struct ceiling_note ceiling_departure(const struct ceiling *ceiling, const struct run_facts *facts)
{
	const struct run_facts *then = &ceiling->machine;
	struct ceiling_note note = {""};
	char was[160] = "";

	if (strcmp(then->cpu_model, facts->cpu_model))
		snprintf(was, sizeof(was), "another processor (%.100s)", then->cpu_model);
	else if (then->cpu_count != facts->cpu_count || then->usable_cpus != facts->usable_cpus)
		snprintf(was, sizeof(was), "%u processors, %u of them usable (now %u and %u)",
			 then->cpu_count, then->usable_cpus, facts->cpu_count, facts->usable_cpus);
	else if (strcmp(then->kernel, facts->kernel))
		snprintf(was, sizeof(was), "another kernel (%.100s)", then->kernel);
	if (*was)
		snprintf(note.s, sizeof(note.s),
			 "the calibration was made with %s, so its ceiling may not hold for this machine: "
			 "run vastar calibrate again",
			 was);
	return note;
}
