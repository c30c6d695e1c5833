/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* SHA-1 (FIPS 180-4) of a few bytes. WebSocket's handshake needs it (RFC 6455 section 4.2.2), where it
 * protects nothing: a library would be one more package for twenty bytes a connection. */
#ifndef VASTAR_BASE_SHA1_H
#define VASTAR_BASE_SHA1_H

#include <stddef.h>
#include <stdint.h>

enum { SHA1_SIZE = 20, SHA1_INPUT_MAX = 119 }; /* bytes; the input fits two blocks with its padding */

/* `length` is SHA1_INPUT_MAX at most. */
void sha1(const void *bytes, size_t length, uint8_t digest[SHA1_SIZE]);

#endif
