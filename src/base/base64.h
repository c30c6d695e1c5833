/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Base64 (RFC 4648 section 4), with its padding. */
#ifndef VASTAR_BASE_BASE64_H
#define VASTAR_BASE_BASE64_H

#include <stddef.h>

/* Characters for so many bytes, without a '\0'. */
static inline size_t base64_length(size_t bytes)
{
	return (bytes + 2) / 3 * 4;
}

/* Writes base64_length(length) characters, without a '\0'. Returns their end. */
char *base64(char *to, const void *bytes, size_t length);

#endif
