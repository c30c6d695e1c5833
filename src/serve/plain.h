/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The plain response, as described by the settings: built once in each variant that a request may need. */
#ifndef VASTAR_SERVE_PLAIN_H
#define VASTAR_SERVE_PLAIN_H

#include "serve/response.h"

enum { PLAIN_VARIANTS = 6, PLAIN_COPIES = 64, PLAIN_BODY_MAX = 65536 };

/* The response of the settings; several copies in a row, so that pipelined requests take one send. */
struct plain {
	struct {
		char *bytes;
		uint32_t length; /* of one copy */
		uint32_t copies;
	} variants[PLAIN_VARIANTS];
	uint16_t status;
	bool usable; /* false: the body is too long or a stream */
};

static inline unsigned plain_variant(bool is_head, bool close, bool keep_alive)
{
	return 3 * is_head + (close ? 1 : keep_alive ? 2 : 0);
}

bool plain_init(struct plain *plain, const struct serve_settings *settings); /* false: out of memory */
void plain_deinit(struct plain *plain);

#endif
