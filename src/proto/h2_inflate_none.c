/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Replaces h2_inflate.c if libnghttp2 is missing; the plan then refuses --http2. */
#include "proto/h2_inflate.h"

struct nghttp2_hd_inflater *h2_inflate_begin(void)
{
	return NULL;
}

void h2_inflate_end(struct nghttp2_hd_inflater *inflater)
{
	(void)inflater;
}

enum h2_inflated h2_inflate_next(struct nghttp2_hd_inflater *inflater, const uint8_t **at, const uint8_t *end,
				 struct h2_field *field)
{
	(void)inflater;
	(void)at;
	(void)end;
	(void)field;
	return H2_INFLATE_BROKEN;
}
