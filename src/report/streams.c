/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "report/streams.h"

#include <inttypes.h>

void streams_print_protocol(FILE *out, const struct vastar_plan *plan, const struct streams *streams)
{
	fprintf(out, "%s, up to %u stream%s on each connection", plan_protocol_name(plan), plan->streams,
		plan->streams == 1 ? "" : "s");
	if (streams->allowed)
		fprintf(out, " (the server allows %u)", streams->allowed - 1);
}

static bool print_codes(FILE *out, const char *before, const uint64_t counts[STREAM_CODES])
{
	uint64_t sum = 0;
	const char *between = "";

	for (unsigned i = 0; i < STREAM_CODES; i++)
		sum += counts[i];
	if (!sum)
		return false;
	fprintf(out, "%s %" PRIu64 " (", before, sum);
	for (unsigned i = 0; i < STREAM_CODES; i++) {
		if (!counts[i])
			continue;
		fprintf(out, "%s%s %" PRIu64, between, stream_code_names[i], counts[i]);
		between = ", ";
	}
	fputc(')', out);
	return true;
}

bool streams_print_ends(FILE *out, const struct streams *streams)
{
	bool any = print_codes(out, "GOAWAY", streams->goaways);

	return print_codes(out, any ? ", RST_STREAM" : "RST_STREAM", streams->resets) || any;
}
