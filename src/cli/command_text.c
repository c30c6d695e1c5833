/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "cli/command_text.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const char MASK[] = "***";

/* ---- what is secret ---- */

static bool mentions(const char *text, size_t length, const char *word)
{
	size_t size = strlen(word);

	for (size_t i = 0; i + size <= length; i++)
		if (!strncasecmp(text + i, word, size))
			return true;
	return false;
}

static bool secret_header(const char *name, size_t length)
{
	static const char *const words[] = {"auth", "cookie",	  "key",     "token",	 "secret",
					    "pass", "credential", "session", "signature"};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (mentions(name, length, words[i]))
			return true;
	return false;
}

/* What of a value is secret: [*fromp, *top), empty for nothing. `always`: a value without "://" may have a
 * user, too. */
static void find_user(const char *value, bool always, size_t *fromp, size_t *top)
{
	const char *scheme = strstr(value, "://"), *authority = scheme ? scheme + 3 : value;
	const char *at = scheme || always ? memrchr(authority, '@', strcspn(authority, "/?#")) : NULL;

	*fromp = (size_t)(authority - value);
	*top = at ? (size_t)(at - value) : *fromp;
}

static void find_secret(const struct option *option, const char *value, size_t *fromp, size_t *top)
{
	size_t name = strcspn(value, ":;");

	*fromp = *top = 0;
	if (option && (!strcmp(option->name, "auth") || !strcmp(option->name, "api-key"))) {
		*top = strlen(value);
	} else if (option && (!strcmp(option->name, "header") || !strcmp(option->name, "metadata"))) {
		if (!secret_header(value, name) || value[name] != ':')
			return;
		name += 1 + strspn(value + name + 1, " ");
		*fromp = name;
		*top = strlen(value);
	} else if (!option || strcmp(option->name, "body") != 0) {
		find_user(value, option && !strcmp(option->name, "proxy"), fromp, top);
	}
}

/* ---- the text ---- */

struct writer {
	FILE *out;
	char **argv;
	int next; /* the argument that is to be written next */
	int argc;
};

static bool is_plain(const char *text, size_t length)
{
	static const char plain[] =
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_@%+=:,./-";

	for (size_t i = 0; i < length; i++)
		if (!memchr(plain, text[i], sizeof(plain) - 1))
			return false;
	return length;
}

/* One argument, with [from, to) masked. */
static void put_argument(FILE *out, const char *text, size_t from, size_t to)
{
	size_t length = strlen(text);

	if (from == to && is_plain(text, length)) {
		fprintf(out, " %s", text);
		return;
	}
	fputs(" '", out);
	for (size_t i = 0; i < length; i++) {
		if (from < to && i == from) {
			fputs(MASK, out);
			i = to - 1;
		} else if (text[i] == '\'') {
			fputs("'\\''", out);
		} else {
			fputc(text[i], out);
		}
	}
	fputc('\'', out);
}

/* The value stands in one of the next arguments; those before it have none. */
static void take_value(void *context, const struct option *option, const char *value)
{
	struct writer *writer = context;
	size_t from, to, before;
	const char *argument;

	for (;; writer->next++) {
		argument = writer->argv[writer->next];
		if (value >= argument && value <= argument + strlen(argument))
			break;
		put_argument(writer->out, argument, 0, 0);
	}
	find_secret(option, value, &from, &to);
	before = (size_t)(value - argument);
	put_argument(writer->out, argument, before + from, before + to);
	writer->next++;
}

char *command_text(const struct command *command, int argc, char **argv)
{
	char *text = NULL;
	size_t length;
	struct writer writer = {open_memstream(&text, &length), argv, 0, argc};

	if (!writer.out)
		return NULL;
	fprintf(writer.out, "vastar%s%s", command->name ? " " : "", command->name ? command->name : "");
	options_values(command, argc, argv, take_value, &writer);
	for (; writer.next < argc; writer.next++)
		put_argument(writer.out, argv[writer.next], 0, 0);
	if (fclose(writer.out)) {
		free(text);
		return NULL;
	}
	return text;
}
