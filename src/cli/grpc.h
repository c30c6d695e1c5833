/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The request of a gRPC call, from the options of the command line. */
#ifndef VASTAR_CLI_GRPC_H
#define VASTAR_CLI_GRPC_H

#include "cli/options.h"

/* The memory that the settings point to. Zero it; free it when the plan is made. */
struct grpc_made {
	char *url, *body;
};

/* Turns settings with a JSON body and a URL HOST:PORT into a call. */
int grpc_set_request(struct vastar_settings *settings, const struct grpc_options *o, struct grpc_made *made,
		     struct vastar_error *err);
void grpc_made_free(struct grpc_made *made);
void grpc_options_free(struct grpc_options *o);

#endif
