/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Decompresses messages of permessage-deflate (RFC 7692) without context takeover: each message alone. */
#ifndef VASTAR_PROTO_WS_INFLATE_H
#define VASTAR_PROTO_WS_INFLATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ws_inflater;

/* Receives the decompressed message, piece by piece. False: stop. */
typedef bool ws_inflated(void *context, const uint8_t *bytes, size_t length);

/* NULL: out of memory, or built without zlib. */
struct ws_inflater *ws_inflater_new(void);
void ws_inflater_free(struct ws_inflater *inflater); /* NULL is allowed */

/* A new message begins. */
void ws_inflater_reset(struct ws_inflater *inflater);

/* Takes the next piece of a message; `last`: it ends with it. False: it cannot be decompressed, or `take` has
 * returned false. */
bool ws_inflate(struct ws_inflater *inflater, const uint8_t *bytes, size_t length, bool last,
		ws_inflated *take, void *context);

#endif
