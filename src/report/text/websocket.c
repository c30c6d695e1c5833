/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "report/websocket.h"

#include "report/text/sections.h"

void page_websocket(struct page *page)
{
	const struct websocket *websocket = &page->sum->websocket;

	if (page->report->plan->protocol != PROTOCOL_WEBSOCKET)
		return;
	fprintf(page->out, "\nWebSocket:\n  %-13s ", "handshakes:");
	websocket_print_handshakes(page->out, page->report);
	fprintf(page->out, "\n  %-13s ", "messages:");
	websocket_print_messages(page->out, websocket);
	if (page->report->plan->ws.listen)
		fprintf(page->out, "\n  %-13s the gaps between the messages of a connection\n",
			"times above:");
	else
		fprintf(page->out, "\n  %-13s by %s on each connection\n",
			"matched:", websocket->by_id ? "the id" : "their order");
	if (websocket->ping.count) {
		fprintf(page->out, "  %-13s ", "ping:");
		page_in_a_line(page, &websocket->ping);
	}
	for (unsigned i = 0; i < WEBSOCKET_CODES; i++) {
		if (!websocket->closes[i])
			continue;
		fprintf(page->out, "  %-13s ", "closed by it:");
		websocket_print_closes(page->out, websocket);
		fputc('\n', page->out);
		break;
	}
}
