/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "plan/url.h"

#include <string.h>

bool view_is(struct view view, const char *text)
{
	return view.length == strlen(text) && !strncasecmp(view.text, text, view.length);
}

bool url_has_control(const char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text <= ' ' || *text == 0x7f)
			return true;
	return false;
}

size_t url_scheme_length(const char *text)
{
	size_t length = 0;

	if (!is_alpha(*text))
		return 0;
	while (is_alpha(text[length]) || is_digit(text[length]) ||
	       (text[length] && strchr("+-.", text[length])))
		length++;
	return text[length] == ':' ? length + 1 : 0;
}

void url_rest(struct url_reference *ref, const char *text, bool has_authority)
{
	if (!strncmp(text, "//", 2)) {
		has_authority = true;
		text += 2;
	}
	if (has_authority) {
		ref->authority = (struct view){text, strcspn(text, "/?#")};
		text += ref->authority.length;
	}
	ref->path = (struct view){text, strcspn(text, "?#")};
	text += ref->path.length;
	if (*text == '?')
		ref->query = (struct view){text + 1, strcspn(text + 1, "#")};
}
