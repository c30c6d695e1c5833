/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "report/requests.h"

#include <inttypes.h>

#include "base/clock.h"
#include "report/emit.h"

/* An instant in seconds since the start, exact, negative in the warm-up. Nothing for an instant that did
 * not occur. */
static void put_instant(FILE *out, uint64_t instant_ns, uint64_t start_ns)
{
	bool before = instant_ns < start_ns;
	uint64_t ns = before ? start_ns - instant_ns : instant_ns - start_ns;

	if (instant_ns)
		fprintf(out, "%s%" PRIu64 ".%09" PRIu64, before ? "-" : "", (uint64_t)(ns / NS_PER_S),
			(uint64_t)(ns % NS_PER_S));
	fputc(',', out);
}

static void put_number(FILE *out, uint32_t number)
{
	if (number)
		fprintf(out, "%" PRIu32, number);
	fputc(',', out);
}

static const char *failure_name(uint8_t failure)
{
	if (failure == RECORD_COMPLETED)
		return "";
	return failure == RECORD_DRAIN_ABORTED ? "drain_aborted" : error_kind_names[failure - 1];
}

/* With several requests a last column has the number of each, from 1, in the order of their file. */
static void put_record(FILE *out, const struct request_record *record, uint32_t worker, uint64_t start_ns,
		       bool several)
{
	put_number(out, record->port);
	put_number(out, record->ordinal);
	fprintf(out, "%" PRIu32 ",", worker);
	put_instant(out, record->due_ns, start_ns);
	put_instant(out, record->sent_ns, start_ns);
	put_instant(out, record->first_ns, start_ns);
	put_instant(out, record->last_ns, start_ns);
	put_number(out, record->status);
	fprintf(out, "%s,%d", failure_name(record->failure), record->retried);
	if (several)
		fprintf(out, ",%" PRIu32, record->request + 1);
	fputc('\n', out);
}

int report_requests(const struct result *result, FILE *out, struct vastar_error *err)
{
	bool several = result->sum->mix_count > 0;

	fputs("local_port,ordinal,worker,due_s,sent_s,first_byte_s,last_byte_s,status,error,retried", out);
	fputs(several ? ",request\n" : "\n", out);
	for (uint32_t i = 0; result->requests && i < result->facts.workers; i++) {
		const struct request_log *log = result->requests[i];

		for (uint64_t k = 0; k < log->count; k++)
			put_record(out, &log->records[k], i, result->facts.start_ns, several);
	}
	return report_emit(out, "", 0, err);
}
