/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The settings of a gRPC call. Its messages are the body of the request, each with its prefix. */
#ifndef VASTAR_PLAN_CALL_H
#define VASTAR_PLAN_CALL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

enum { CALL_MESSAGE_MAX = 4 << 20 }; /* the default of gRPC's own clients */

struct call {
	bool wanted; /* false: plain HTTP */
	bool one_message;
	uint32_t longest_message;
	uint32_t messages; /* of a request */
	uint64_t gap_ns;   /* between the sends of two of them */
};

/* Refuses settings that do not fit a call, and a body that does not consist of whole messages. */
int call_fill(struct call *call, const struct vastar_settings *settings, struct vastar_error *err);

/* The value of grpc-timeout: at most eight digits, and a unit. */
void call_timeout(char text[16], uint64_t timeout_ns);

#endif
