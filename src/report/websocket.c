/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "report/websocket.h"

#include <inttypes.h>

#include "base/clock.h"
#include "report/format.h"

void websocket_print_handshakes(FILE *out, const struct report *report)
{
	const struct hist *handshake = &report->result->sum->websocket.handshake;
	const struct run_facts *facts = &report->result->facts;

	fprintf(out, "%" PRIu64, handshake->count);
	if (handshake->count > facts->connections_open && facts->total_ns)
		fprintf(
		    out, " (%s/s during the run)",
		    fmt_rate((double)(handshake->count - facts->connections_open) / ns_to_s(facts->total_ns))
			.s);
	if (handshake->count)
		fprintf(out, ", p50 %s, max %s", fmt_time(ns_to_s(hist_percentile(handshake, 50))).s,
			fmt_time(ns_to_s(handshake->max_ns)).s);
}

void websocket_print_messages(FILE *out, const struct websocket *websocket)
{
	fprintf(out, "%" PRIu64 " received", websocket->messages);
	if (websocket->pushed)
		fprintf(out, ", %" PRIu64 " of them pushed by the server", websocket->pushed);
	if (websocket->fragmented)
		fprintf(out, ", %" PRIu64 " in fragments", websocket->fragmented);
	if (websocket->pings)
		fprintf(out, ", %" PRIu64 " ping%s", websocket->pings, websocket->pings == 1 ? "" : "s");
}

bool websocket_print_closes(FILE *out, const struct websocket *websocket)
{
	bool any = false;

	for (unsigned i = 0; i < WEBSOCKET_CODES; i++) {
		if (!websocket->closes[i])
			continue;
		fprintf(out, "%s%s %" PRIu64, any ? ", " : "", websocket_code_names[i], websocket->closes[i]);
		any = true;
	}
	return any;
}
