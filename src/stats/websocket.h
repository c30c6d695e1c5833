/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* WebSocket: what happened beyond the round trips of messages. */
#ifndef VASTAR_STATS_WEBSOCKET_H
#define VASTAR_STATS_WEBSOCKET_H

#include <stdbool.h>
#include <stdint.h>

#include "stats/hist.h"

/* The codes 1000 to 1015 of RFC 6455 section 7.4.1, and one for all others. */
enum { WEBSOCKET_CODES = 17 };

extern const char *const websocket_code_names[WEBSOCKET_CODES]; /* "1000" ... "1015", "other" */

struct websocket {
	uint64_t messages;		  /* that came */
	uint64_t fragmented;		  /* of them: in several frames */
	uint64_t pushed;		  /* of them: not a response to any of our messages */
	uint64_t pings;			  /* received, and answered with a pong */
	uint64_t closes[WEBSOCKET_CODES]; /* close frames received */
	bool by_id;			  /* responses were matched by {{id}}; else by their order */
	struct hist handshake;		  /* from the request to upgrade to its response */
	struct hist ping;		  /* from our ping to its pong */
};

/* Where a code stands in the arrays above. */
static inline unsigned websocket_code_index(unsigned code)
{
	return code >= 1000 && code < 1000 + WEBSOCKET_CODES - 1 ? code - 1000 : WEBSOCKET_CODES - 1;
}

void websocket_init(struct websocket *websocket);

/* Adds `from` to *into. */
void websocket_merge(struct websocket *into, const struct websocket *from);

#endif
