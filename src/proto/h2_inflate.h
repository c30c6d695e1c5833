/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Decodes header blocks (RFC 7541) with libnghttp2, which is used nowhere else. In a build without it
 * creating an inflater fails. */
#ifndef VASTAR_PROTO_H2_INFLATE_H
#define VASTAR_PROTO_H2_INFLATE_H

#include <stddef.h>
#include <stdint.h>

struct nghttp2_hd_inflater;

struct h2_field {
	const uint8_t *name, *value;
	size_t name_length, value_length;
};

enum h2_inflated { H2_INFLATED_FIELD, H2_INFLATED_END, H2_INFLATE_BROKEN, H2_INFLATE_NO_MEMORY };

/* NULL: out of memory. */
struct nghttp2_hd_inflater *h2_inflate_begin(void);
void h2_inflate_end(struct nghttp2_hd_inflater *inflater); /* NULL is allowed */

/* The next field of a complete block, valid until the next call. Moves *at behind it. After H2_INFLATED_END a
 * new block can begin; after a failure the inflater must not be used. */
enum h2_inflated h2_inflate_next(struct nghttp2_hd_inflater *inflater, const uint8_t **at, const uint8_t *end,
				 struct h2_field *field);

#endif
