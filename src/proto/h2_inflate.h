/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Decoding of header blocks (RFC 7541) by libnghttp2. Built without it, no inflater can be made. */
#ifndef VASTAR_PROTO_H2_INFLATE_H
#define VASTAR_PROTO_H2_INFLATE_H

struct nghttp2_hd_inflater;

/* NULL: out of memory. */
struct nghttp2_hd_inflater *h2_inflate_begin(void);
void h2_inflate_end(struct nghttp2_hd_inflater *inflater); /* NULL is allowed */

#endif
