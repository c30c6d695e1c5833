/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * One gRPC call on a connection of its own, which the caller waits for: a question before a run. It has no
 * ring and measures nothing. Protocol, transport and target are those of the run.
 */
#ifndef VASTAR_ENGINE_ASK_H
#define VASTAR_ENGINE_ASK_H

#include "plan/plan.h"
#include "proto/grpc.h"

struct answer {
	enum grpc_status status;
	char text[GRPC_TEXT]; /* the grpc-message */
	char *bytes;	      /* the messages of the response, with their prefixes; free() it */
	size_t length;
};

/* Sends the request of the plan, a gRPC call, to the first address that accepts a connection. The timeout of
 * the plan is the limit for all of it. *answer owns nothing when this fails. */
int ask(const struct vastar_plan *plan, struct answer *answer, struct vastar_error *err);

#endif
