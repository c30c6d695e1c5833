/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The options of a request: headers, body. */
#ifndef VASTAR_CLI_REQUEST_H
#define VASTAR_CLI_REQUEST_H

#include <vastar/vastar.h>

#include "cli/options.h"

/* What the settings of a request point to. */
struct made_request {
	char *body, *content_type; /* NULL: not made here */
	char **texts;		   /* of header files, in which the headers are */
	size_t text_count;
	struct option_list headers;
};

/* Headers, body and test hooks of the request. `made` must be zero, and outlive the settings; free it even
 * after a failure. */
int set_request(struct vastar_settings *settings, const struct request_options *options,
		struct made_request *made, struct vastar_error *err);
void made_request_free(struct made_request *made);

void free_request(struct request_options *options);

#endif
