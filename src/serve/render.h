/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Builds the bytes of a response: its head, and a short body. False: out of memory. */
#ifndef VASTAR_SERVE_RENDER_H
#define VASTAR_SERVE_RENDER_H

#include "serve/response.h"

/* A growing text. {0} is empty; the caller frees `bytes`, also after a failure. */
struct render_text {
	char *bytes;
	size_t used, size;
};

bool render_add(struct render_text *text, const void *bytes, size_t length);

/* How a client finds the end of the body. */
enum framing { FRAMING_LENGTH, FRAMING_CHUNKED, FRAMING_CLOSE };

/* Whether a response of this status has a body: RFC 9110 sections 6.4.1 and 15.3.6. */
bool render_has_body(unsigned status);

/* The head, an interim response in front of it included; `length` is that of the body with FRAMING_LENGTH. */
bool render_head(struct render_text *text, const struct response *response, enum framing framing,
		 uint64_t length);

/* A body that is short enough to be built; nothing for others. `counts` are only for RESPONSE_COUNTS. */
bool render_short_body(struct render_text *text, const struct response *response,
		       const struct serve_counts *counts);

#endif
