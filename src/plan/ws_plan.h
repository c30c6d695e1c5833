/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The part of a plan for WebSocket: the message and how it is sent. */
#ifndef VASTAR_PLAN_WS_PLAN_H
#define VASTAR_PLAN_WS_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

enum {
	PLAN_WS_IN_FLIGHT_MAX = 1024,
	WS_IDS_MAX = 8,
	WS_ID_DIGITS = 10, /* digits of an id; the first is not 0, so that it is a number in JSON, too */
	WS_ID_MESSAGE_MAX = 32 * 1024, /* a message with an id goes out in one piece */
};

#define WS_ID_FIRST 1000000000u

struct ws_plan {
	uint8_t *message;    /* owned; NULL: an empty one */
	size_t length;	     /* of the payload, which is compressed with `deflate` */
	size_t plain_length; /* before that */
	uint32_t in_flight;  /* most messages in flight on one connection, at least 1 */
	uint64_t ping_ns;    /* 0: no pings */
	/* Where the digits of {{id}} stand in the message; none: responses are matched by their order. */
	size_t id_at[WS_IDS_MAX];
	unsigned id_count;
	bool binary; /* else text */
	bool deflate;
	bool listen; /* the message is sent once; then only messages that the server pushes count */
};

/* Checks the settings for WebSocket, and those that cannot be combined with it. `wanted`: the target is a
 * WebSocket. */
int ws_plan_fill(struct ws_plan *ws, const struct vastar_settings *settings, bool wanted,
		 struct vastar_error *err);
void ws_plan_deinit(struct ws_plan *ws);

#endif
