/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "plan/expect.h"

#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum subject { SUBJECT_STATUS, SUBJECT_HEADER, SUBJECT_BODY };
enum relation { PRESENT, EQUAL, MATCHES };

struct expect_item {
	enum subject subject;
	enum relation relation;
	char *name, *value; /* owned; `name`: of a header field */
	regex_t regex;
	bool compiled;
};

/* ---- reading ---- */

static const char *const beginnings[] = {"status=", "header:", "body=", "body~"};

static bool item_begins(const char *text)
{
	for (size_t i = 0; i < sizeof(beginnings) / sizeof(*beginnings); i++)
		if (!strncmp(text, beginnings[i], strlen(beginnings[i])))
			return true;
	return false;
}

/* Up to the comma in front of another item. */
static size_t item_length(const char *text)
{
	size_t length = 0;

	while (text[length] && !(text[length] == ',' && item_begins(text + length + 1)))
		length++;
	return length;
}

/* One of "200" and "2xx", up to '|' or the end. */
static bool status_is_valid(const char *text)
{
	return text[0] >= '1' && text[0] <= '9' &&
	       ((text[1] == 'x' && text[2] == 'x') ||
		(text[1] >= '0' && text[1] <= '9' && text[2] >= '0' && text[2] <= '9')) &&
	       (!text[3] || (text[3] == '|' && status_is_valid(text + 4)));
}

static int compile(struct expect_item *item, const char *option, struct vastar_error *err)
{
	char why[80];
	int rc = regcomp(&item->regex, item->value, REG_EXTENDED | REG_NOSUB | REG_NEWLINE);

	if (!rc) {
		item->compiled = true;
		return 0;
	}
	regerror(rc, &item->regex, why, sizeof(why));
	return err_set(err, VASTAR_E_USAGE, "%s: '%.60s' is not a regular expression: %s", option,
		       item->value, why);
}

static int take_status(struct expect_item *item, const char *text, const char *option,
		       struct vastar_error *err)
{
	item->subject = SUBJECT_STATUS;
	item->relation = EQUAL;
	item->value = strdup(text);
	if (!item->value)
		return err_nomem(err, "expectations");
	if (!status_is_valid(text))
		return err_set(err, VASTAR_E_USAGE,
			       "%s: status '%.40s' is not a status code (200, 2xx or 200|404)", option, text);
	return 0;
}

static int take_header(struct expect_item *item, const char *text, const char *option,
		       struct vastar_error *err)
{
	size_t name = strcspn(text, "=~");

	item->subject = SUBJECT_HEADER;
	item->relation = text[name] == '=' ? EQUAL : text[name] == '~' ? MATCHES : PRESENT;
	item->name = strndup(text, name);
	item->value = strdup(text[name] ? text + name + 1 : "");
	if (!item->name || !item->value)
		return err_nomem(err, "expectations");
	if (!name || strcspn(item->name, " \t:") != name)
		return err_set(err, VASTAR_E_USAGE,
			       "%s: '%.40s' is not the name of a header (header:Name=Value)", option,
			       item->name);
	return item->relation == MATCHES ? compile(item, option, err) : 0;
}

static int take_body(struct expect_item *item, enum relation relation, const char *text, const char *option,
		     struct vastar_error *err)
{
	item->subject = SUBJECT_BODY;
	item->relation = relation;
	item->value = strdup(text);
	if (!item->value)
		return err_nomem(err, "expectations");
	return relation == MATCHES ? compile(item, option, err) : 0;
}

static int take_item(struct expect *expect, const char *text, const char *option, struct vastar_error *err)
{
	struct expect_item *grown = realloc(expect->items, (expect->count + 1) * sizeof(*grown)), *item;

	if (!grown)
		return err_nomem(err, "expectations");
	expect->items = grown;
	item = &grown[expect->count++];
	*item = (struct expect_item){0};
	if (!strncmp(text, "status=", 7))
		return take_status(item, text + 7, option, err);
	if (!strncmp(text, "header:", 7))
		return take_header(item, text + 7, option, err);
	expect->body = true;
	if (!strncmp(text, "body=", 5))
		return take_body(item, EQUAL, text + 5, option, err);
	if (!strncmp(text, "body~", 5))
		return take_body(item, MATCHES, text + 5, option, err);
	return err_set(err, VASTAR_E_USAGE,
		       "%s: '%.60s' is not understood (status=200, header:Name=Value, header:Name~REGEX, "
		       "body=TEXT or body~REGEX)",
		       option, text);
}

static int take_list(struct expect *expect, const char *list, const char *option, struct vastar_error *err)
{
	int rc = 0;

	do {
		size_t length = item_length(list);
		char *text = strndup(list, length);

		rc = text ? take_item(expect, text, option, err) : err_nomem(err, "expectations");
		free(text);
		list += length;
	} while (!rc && *list++);
	return rc;
}

int expect_parse(const char *const *lists, size_t count, const char *option, struct expect *expect,
		 struct vastar_error *err)
{
	int rc = 0;

	*expect = (struct expect){0};
	for (size_t i = 0; !rc && i < count; i++)
		rc = take_list(expect, lists[i], option, err);
	return rc;
}

void expect_deinit(struct expect *expect)
{
	for (size_t i = 0; i < expect->count; i++) {
		struct expect_item *item = &expect->items[i];

		free(item->name);
		free(item->value);
		if (item->compiled)
			regfree(&item->regex);
	}
	free(expect->items);
	*expect = (struct expect){0};
}

/* ---- judging ---- */

static bool status_fits(const char *list, unsigned status)
{
	char code[4];

	snprintf(code, sizeof(code), "%03u", status % 1000);
	for (; list; list = strchr(list, '|')) {
		list += *list == '|';
		if (list[0] == code[0] && (list[1] == 'x' || !strncmp(list, code, 3)))
			return true;
	}
	return false;
}

static bool matches(const struct expect_item *item, const char *text, size_t length)
{
	regmatch_t range = {0, (regoff_t)length};

	return !regexec(&item->regex, text, 1, &range, REG_STARTEND);
}

static bool text_fits(const struct expect_item *item, const char *text, size_t length)
{
	switch (item->relation) {
	case PRESENT:
		return true;
	case EQUAL:
		return strlen(item->value) == length && !memcmp(item->value, text, length);
	case MATCHES:
		return matches(item, text, length);
	}
	return false;
}

/* The next line without its end; moves *atp behind it. False: there is none. */
static bool next_line(const char **atp, const char *end, const char **linep, size_t *lengthp)
{
	const char *line = *atp, *stop = memchr(line, '\n', (size_t)(end - line));

	if (!stop)
		return false;
	*atp = stop + 1;
	*linep = line;
	*lengthp = (size_t)(stop - line);
	if (*lengthp && line[*lengthp - 1] == '\r')
		--*lengthp;
	return true;
}

/* Behind the interim responses. */
static const char *final_head(const char *head, const char *end)
{
	const char *at = head, *line;
	size_t length;

	while (next_line(&at, end, &line, &length))
		if (!length && end - at >= 12 && !memcmp(at, "HTTP/", 5))
			head = at;
	return head;
}

/* A field with the name whose value fits. *seenp: the value of the last field with the name, or NULL. */
static bool header_fits(const struct expect_item *item, const struct expect_response *response,
			const char **seenp, size_t *seen_lengthp)
{
	const char *end = response->head + response->head_length, *line;
	const char *at = final_head(response->head, end);
	size_t length, name = strlen(item->name);

	*seenp = NULL;
	while (next_line(&at, end, &line, &length) && length) {
		const char *value = line + name + 1;

		if (length <= name || line[name] != ':' || strncasecmp(line, item->name, name) != 0)
			continue;
		length -= name + 1;
		while (length && (*value == ' ' || *value == '\t')) {
			value++;
			length--;
		}
		while (length && (value[length - 1] == ' ' || value[length - 1] == '\t'))
			length--;
		*seenp = value;
		*seen_lengthp = length;
		if (text_fits(item, value, length))
			return true;
	}
	return false;
}

static const char *relation_of(const struct expect_item *item)
{
	return item->relation == MATCHES ? "a match of " : "";
}

enum { QUOTED = 60 };

static int quoted(size_t length)
{
	return (int)(length < QUOTED ? length : QUOTED);
}

static bool item_fits(const struct expect_item *item, const struct expect_response *response,
		      char text[EXPECT_TEXT])
{
	const char *seen;
	size_t length;

	switch (item->subject) {
	case SUBJECT_STATUS:
		snprintf(text, EXPECT_TEXT, "status %u, expected %.60s", response->status, item->value);
		return status_fits(item->value, response->status);
	case SUBJECT_HEADER:
		if (header_fits(item, response, &seen, &length))
			return true;
		if (seen)
			snprintf(text, EXPECT_TEXT, "header %.40s is '%.*s', expected %s'%.60s'", item->name,
				 quoted(length), seen, relation_of(item), item->value);
		else
			snprintf(text, EXPECT_TEXT, "header %.40s is missing", item->name);
		return false;
	case SUBJECT_BODY:
		length = response->body_length;
		snprintf(text, EXPECT_TEXT, "body '%.*s'%s, expected %s'%.60s'", quoted(length),
			 response->body, length > QUOTED ? "..." : "", relation_of(item), item->value);
		return text_fits(item, response->body, length);
	}
	return true;
}

unsigned expect_judge(const struct expect *expect, const struct expect_response *response,
		      char text[EXPECT_TEXT])
{
	for (size_t i = 0; i < expect->count; i++)
		if (!item_fits(&expect->items[i], response, text))
			return (unsigned)i + 1;
	return 0;
}
