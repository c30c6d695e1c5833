/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* In place of h2_block.c where libnghttp2 is missing: the plan refuses --http2 there. */
#include <stddef.h>

#include "proto/h2.h"
#include "proto/h2_inflate.h"

struct nghttp2_hd_inflater *h2_inflate_begin(void)
{
	return NULL;
}

void h2_inflate_end(struct nghttp2_hd_inflater *inflater)
{
	(void)inflater;
}

enum h2_progress h2_block(struct h2 *h, struct h2_stream *stream, const uint8_t *bytes, uint32_t length,
			  bool ends)
{
	(void)stream;
	(void)bytes;
	(void)length;
	(void)ends;
	return h2_breaks(h, H2_ERROR_COMPRESSION);
}
