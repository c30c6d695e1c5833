/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Cuts a URL reference (RFC 3986 section 4.1) into views of its text: scheme, authority, path, query. */
#ifndef VASTAR_PLAN_URL_H
#define VASTAR_PLAN_URL_H

#include <stdbool.h>
#include <stddef.h>

/* A part of the text. Its text is NULL if the part is absent, and not just empty. */
struct view {
	const char *text;
	size_t length;
};

struct url_reference {
	struct view scheme, authority, path, query; /* the query without its '?'; the fragment is dropped */
};

static inline bool is_alpha(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static inline bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

bool view_is(struct view view, const char *text); /* ignoring case */

/* White space and control characters would break the request line. */
bool url_has_control(const char *text);

/* The length of "scheme:" at the start of `text`, colon included, or 0 (RFC 3986 section 3.1). */
size_t url_scheme_length(const char *text);

/* The rest of a reference after its scheme. `has_authority`: it starts with an authority, with or without
 * "//". */
void url_rest(struct url_reference *ref, const char *text, bool has_authority);

#endif
