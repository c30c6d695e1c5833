/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "stats/websocket.h"

const char *const websocket_code_names[WEBSOCKET_CODES] = {
    "1000", "1001", "1002", "1003", "1004", "1005", "1006", "1007",  "1008",
    "1009", "1010", "1011", "1012", "1013", "1014", "1015", "other",
};

void websocket_init(struct websocket *websocket)
{
	hist_init(&websocket->handshake);
	hist_init(&websocket->ping);
}

void websocket_merge(struct websocket *into, const struct websocket *from)
{
	into->messages += from->messages;
	into->by_id |= from->by_id;
	into->fragmented += from->fragmented;
	into->pushed += from->pushed;
	into->pings += from->pings;
	for (unsigned i = 0; i < WEBSOCKET_CODES; i++)
		into->closes[i] += from->closes[i];
	hist_merge(&into->handshake, &from->handshake);
	hist_merge(&into->ping, &from->ping);
}
