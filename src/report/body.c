/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "report/body.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/num.h"

enum { WORD_MAX = 64 };

static size_t body_length(const struct vastar_plan *plan)
{
	/* A saved report only has the length of the whole request. Several requests have no common body. */
	return plan->request.bytes && !plan->mix.count ? plan->request.length - plan->request.head_length : 0;
}

struct body_text body_describe(const struct vastar_plan *plan)
{
	size_t length = body_length(plan);
	struct body_text text = {""};

	if (length)
		snprintf(text.s, sizeof(text.s), "%zu byte%s %s %.80s", length, length == 1 ? "" : "s",
			 plan->body_source ? "from" : "of", plan->body_source ? plan->body_source : "body");
	return text;
}

/* Copies a body that is one short printable word. */
static bool is_word(const char *body, size_t length, char word[WORD_MAX])
{
	if (!length || length >= WORD_MAX)
		return false;
	memcpy(word, body, length);
	word[length] = '\0';
	for (size_t i = 0; i < length; i++)
		if (!isgraph((unsigned char)word[i]))
			return false;
	return true;
}

/* "10s", and without a method also "10": with one, a bare number can be a body. */
static bool is_duration(const char *word, const char *method)
{
	uint64_t ns;

	return num_duration(word, &ns) && ns &&
	       (word[strspn(word, "0123456789.")] || !method || !strcmp(method, "GET"));
}

struct body_text body_doubt_of(const char *source, const char *body, size_t length, const char *method)
{
	struct body_text text = {""};
	char word[WORD_MAX];

	if (!source || strcmp(source, "-d") != 0 || !is_word(body, length, word))
		return text;
	if (word[0] == '@' && word[1])
		snprintf(text.s, sizeof(text.s), "-d sends the text %s itself (to send the file: -D %s)",
			 word, word + 1);
	else if (is_duration(word, method))
		snprintf(text.s, sizeof(text.s), "-d sends the text %s as the body (for a duration: -z %s)",
			 word, word);
	return text;
}

struct body_text body_doubt(const struct vastar_plan *plan)
{
	size_t length = body_length(plan);

	return body_doubt_of(plan->body_source,
			     length ? plan->request.bytes + plan->request.head_length : NULL, length,
			     plan->method);
}
