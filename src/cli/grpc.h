/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The request of a gRPC call, from the options of the command line. */
#ifndef VASTAR_CLI_GRPC_H
#define VASTAR_CLI_GRPC_H

#include "cli/options.h"

/* What the settings point to. Zero it; free it when the plan is made. */
struct grpc_made {
	char *url, *body;
};

/* Makes a call of settings whose body is JSON and whose URL is HOST:PORT. */
int grpc_set_request(struct vastar_settings *settings, const struct grpc_options *o, struct grpc_made *made,
		     struct vastar_error *err);
void grpc_made_free(struct grpc_made *made);
void grpc_options_free(struct grpc_options *o);

#endif
