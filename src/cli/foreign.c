/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "cli/foreign.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "cli/option_names.h"

const struct foreign foreigns[] = {
#define FOREIGN(name, tools, advice) {name, tools, advice},
#include "cli/foreign.def"
#undef FOREIGN
};

const size_t foreign_count = sizeof(foreigns) / sizeof(foreigns[0]);

char foreign_letter(char letter)
{
	return letter == 'X' ? 'm' : letter;
}

/* True if the command has every option that the advice names. */
static bool applies(const struct command *command, const char *advice)
{
	for (const char *at = advice; (at = strchr(at, '-')); at += strcspn(at, " ")) {
		size_t length = strcspn(at, " ,;?)");

		if (at > advice && at[-1] != ' ' && at[-1] != '(')
			continue;
		if (!option_named(command, at, length))
			return false;
	}
	return true;
}

static void put(char *text, size_t size, const char *format, ...) __attribute__((format(printf, 3, 4)));

static void put(char *text, size_t size, const char *format, ...)
{
	size_t used = strlen(text);
	va_list args;

	va_start(args, format);
	vsnprintf(text + used, size - used, format, args);
	va_end(args);
}

/* "wrk's and bombardier's" */
static void put_owners(char *text, size_t size, const char *tools)
{
	while (*tools) {
		size_t length = strcspn(tools, " ");
		const char *next = tools + length + strspn(tools + length, " ");

		put(text, size, "%.*s's%s", (int)length, tools,
		    !*next		? ""
		    : strchr(next, ' ') ? ", "
					: " and ");
		tools = next;
	}
}

bool foreign_explain(const struct command *command, const char *dashes, const char *name, size_t length,
		     struct vastar_error *err)
{
	char text[sizeof(err->text)] = "";

	if (!command->positional || strcmp(command->positional, "URL") != 0)
		return false;
	for (size_t i = 0; i < foreign_count; i++) {
		const struct foreign *row = &foreigns[i];

		if (strlen(row->name) != length || memcmp(row->name, name, length) ||
		    !applies(command, row->advice))
			continue;
		put(text, sizeof(text), "%s", *text ? "; " : "");
		put_owners(text, sizeof(text), row->tools);
		put(text, sizeof(text), ": %s", row->advice);
	}
	if (!*text)
		return false;
	err_set(err, VASTAR_E_USAGE, "`%s%.*s` is %.400s", dashes, (int)length, name, text);
	return true;
}
