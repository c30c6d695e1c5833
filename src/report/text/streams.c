/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "report/streams.h"

#include <inttypes.h>

#include "base/clock.h"
#include "report/format.h"
#include "report/text/sections.h"

static void print_frames(struct page *page, const struct streams *streams)
{
	fprintf(page->out, "  %-13s %" PRIu64 " received, %" PRIu64 " sent\n", "frames:", streams->frames_in,
		streams->frames_out);
	if (streams->head_fields_in > streams->head_bytes_in)
		fprintf(page->out,
			"  %-13s %" PRIu64 " bytes received for %" PRIu64 " bytes of fields (%.0f%% saved)\n",
			"heads:", streams->head_bytes_in, streams->head_fields_in,
			100 - 100 * (double)streams->head_bytes_in / (double)streams->head_fields_in);
}

void page_streams(struct page *page)
{
	const struct vastar_plan *plan = page->report->plan;
	const struct shard *sum = page->sum;

	if (plan->protocol != PROTOCOL_HTTP2)
		return;
	fprintf(page->out, "\nHTTP/2:\n  %-13s ", "protocol:");
	streams_print_protocol(page->out, plan, &sum->streams);
	fputc('\n', page->out);
	if (streams_ended(&sum->streams)) {
		fprintf(page->out, "  %-13s ", "ended by it:");
		streams_print_ends(page->out, &sum->streams);
		fputc('\n', page->out);
	}
	if (sum->stream_wait.count) {
		fprintf(page->out, "  %-13s ", "stream wait:");
		page_in_a_line(page, &sum->stream_wait);
	}
	if (sum->streams.blocked_ns)
		fprintf(page->out,
			"  %-13s %s of connection time: the server's flow-control window was shut\n",
			"blocked:", fmt_time(ns_to_s(sum->streams.blocked_ns)).s);
	if (page->report->options.verbose)
		print_frames(page, &sum->streams);
}
