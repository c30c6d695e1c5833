/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "plan/basic_auth.h"

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

char *basic_authorization(const char *user_password)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const unsigned char *in = (const unsigned char *)user_password;
	size_t length = strlen(user_password), i;
	char *text = malloc(sizeof("Basic ") + (length + 2) / 3 * 4), *out;

	if (!text)
		return NULL;
	out = stpcpy(text, "Basic ");
	for (i = 0; i < length; i += 3) {
		size_t left = length - i;
		uint32_t bits = (uint32_t)in[i] << 16 | (left > 1 ? (uint32_t)in[i + 1] << 8 : 0) |
				(left > 2 ? in[i + 2] : 0);

		*out++ = digits[bits >> 18];
		*out++ = digits[bits >> 12 & 63];
		*out++ = left > 1 ? digits[bits >> 6 & 63] : '=';
		*out++ = left > 2 ? digits[bits & 63] : '=';
	}
	*out = '\0';
	return text;
}
