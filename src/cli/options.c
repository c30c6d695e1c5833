/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "cli/options.h"

#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "cli/foreign.h"
#include "cli/option_names.h"
#include "report/format.h"
#include "report/formats.h"

/* ---- values ---- */

/* The option as the user should read it: "-n" or "--drain-cap". */
static const char *option_display(const struct option *option, char text[64])
{
	if (option->letter)
		snprintf(text, 64, "-%c/--%s", option->letter, option->name);
	else
		snprintf(text, 64, "--%s", option->name);
	return text;
}

int option_list_add(struct option_list *list, const char *item, struct vastar_error *err)
{
	const char **grown = realloc(list->items, (list->count + 1) * sizeof(*grown));

	if (!grown)
		return err_nomem(err, "options");
	grown[list->count++] = item;
	list->items = grown;
	return 0;
}

/* "99999999999999999999" or "1e99": what only its size keeps from being a count. */
static bool is_whole(const char *value)
{
	static const char digits[] = "0123456789";
	size_t length = strspn(value, digits);

	if (length && (value[length] == 'e' || value[length] == 'E')) {
		value += length + 1;
		length = strspn(value, digits);
	}
	return length && !value[length];
}

static int store_number(const struct option *option, void *field, const char *value, struct vastar_error *err)
{
	char name[64];
	uint64_t number;

	if (!num_count(value, &number) && is_whole(value))
		return err_set(
		    err, VASTAR_E_USAGE, "%s %.40s: too large (at most %llu)", option_display(option, name),
		    value, (unsigned long long)(option->most < NUM_COUNT_MAX ? option->most : NUM_COUNT_MAX));
	if (!num_count(value, &number))
		return err_set(err, VASTAR_E_USAGE,
			       "%s '%.40s': not a whole number (for example 1000, 10k, 2M or 1e6)",
			       option_display(option, name), value);
	if (number < option->least)
		return err_set(err, VASTAR_E_USAGE, "%s %.40s: too small (at least %llu)",
			       option_display(option, name), value, (unsigned long long)option->least);
	if (number > option->most)
		return err_set(err, VASTAR_E_USAGE, "%s %.40s: too large (at most %llu)",
			       option_display(option, name), value, (unsigned long long)option->most);
	if (option->kind == OPTION_COUNT16)
		*(uint16_t *)field = (uint16_t)number;
	else if (option->kind == OPTION_COUNT32)
		*(uint32_t *)field = (uint32_t)number;
	else
		*(uint64_t *)field = number;
	return 0;
}

static int store_duration(const struct option *option, uint64_t *field, const char *value,
			  struct vastar_error *err)
{
	char name[64];

	if (!num_duration(value, field))
		return err_set(err, VASTAR_E_USAGE,
			       "%s '%.40s': not a duration (for example 500ms, 10s, 1m30s, 2h)",
			       option_display(option, name), value);
	if (!*field && option->least)
		return err_set(err, VASTAR_E_USAGE, "%s %s: must be longer than zero",
			       option_display(option, name), value);
	if (*field < option->least)
		return err_set(err, VASTAR_E_USAGE, "%s %s: too short (at least %s)",
			       option_display(option, name), value, fmt_duration(option->least).s);
	return 0;
}

static int store_real(const struct option *option, double *field, const char *value, struct vastar_error *err)
{
	char name[64];

	if (!num_real(value, field) || *field > (double)option->most)
		return err_set(err, VASTAR_E_USAGE, "%s '%.40s': not a number from %llu to %llu",
			       option_display(option, name), value, (unsigned long long)option->least,
			       (unsigned long long)option->most);
	return 0;
}

static int store_once(const struct option *option, const char **field, const char *value,
		      struct vastar_error *err)
{
	char name[64];

	if (*field)
		return err_set(err, VASTAR_E_USAGE, "%s: given twice (give it once)",
			       option_display(option, name));
	*field = value;
	return 0;
}

/* "JSON" is json; what is no format stays as it was typed, for the message. */
static const char *format_name(const char *typed)
{
	const struct report_format *format = report_format_find(typed);

	return format ? format->name : typed;
}

static int store(const struct option *option, void *target, const char *value, struct vastar_error *err)
{
	void *field = (char *)target + option->offset;

	switch (option->kind) {
	case OPTION_FLAG:
		*(bool *)field = true;
		return 0;
	case OPTION_COUNT16:
	case OPTION_COUNT32:
	case OPTION_COUNT64:
		return store_number(option, field, value, err);
	case OPTION_REAL:
		return store_real(option, field, value, err);
	case OPTION_RATE:
		if (num_rate(value, field))
			return 0;
		return err_set(err, VASTAR_E_USAGE,
			       "--%s '%.40s': not a rate above 0 (for example 1000, 2k/s or 90/m)",
			       option->name, value);
	case OPTION_DURATION:
		return store_duration(option, field, value, err);
	case OPTION_STRING:
		*(const char **)field = value;
		return 0;
	case OPTION_FORMAT:
		*(const char **)field = format_name(value);
		return 0;
	case OPTION_ONCE:
		return store_once(option, field, value, err);
	case OPTION_LIST:
		return option_list_add(field, value, err);
	}
	return 0;
}

/* ---- names ---- */

static unsigned least_of(unsigned a, unsigned b, unsigned c)
{
	unsigned least = a < b ? a : b;

	return least < c ? least : c;
}

/* How many letters to insert, delete or replace (Levenshtein 1966). */
static unsigned distance(const char *a, size_t length, const char *b)
{
	enum { MOST = 40 };
	unsigned row[MOST + 1];
	size_t width = strlen(b);

	if (width > MOST || length > MOST)
		return MOST;
	for (unsigned i = 0; i <= width; i++)
		row[i] = i;
	for (size_t i = 0; i < length; i++) {
		unsigned diagonal = row[0]++;

		for (size_t j = 0; j < width; j++) {
			unsigned above = row[j + 1];

			row[j + 1] = least_of(row[j] + 1, above + 1, diagonal + (a[i] != b[j]));
			diagonal = above;
		}
	}
	return row[width];
}

static int unknown_name(const struct command *command, const char *name, size_t length,
			struct vastar_error *err)
{
	const struct option *nearest = NULL;
	unsigned best = 4; /* further away is no help */

	if (foreign_explain(command, "--", name, length, err))
		return -VASTAR_E_USAGE;
	for (size_t i = 0; i < command->option_count; i++) {
		const struct option *option = &command->options[i];
		unsigned d = distance(name, length, option->name);

		if (length >= 3 && !strncmp(option->name, name, length))
			d = 1; /* cut short */
		if (d < best && d < length) {
			best = d;
			nearest = option;
		}
	}
	if (nearest)
		return err_set(err, VASTAR_E_USAGE, "option --%.*s: unknown (did you mean --%s?)",
			       (int)length, name, nearest->name);
	return err_set(err, VASTAR_E_USAGE, "option --%.*s: unknown (see --help)",
		       length < 60 ? (int)length : 60, name);
}

/* ---- the command line ---- */

struct reader {
	const struct command *command;
	char **argv;
	int argc, at;
	void *target;
	struct vastar_error *err;
	/* Not NULL: nothing is stored, and each value is shown to it. */
	void (*visit)(void *context, const struct option *option, const char *value);
	void *context;
};

static int keep(struct reader *r, const struct option *option, const char *value)
{
	if (!r->visit)
		return store(option, r->target, value, r->err);
	if (value)
		r->visit(r->context, option, value);
	return 0;
}

static int take_value(struct reader *r, const struct option *option, const char *attached)
{
	char name[64];

	if (!attached && r->at < r->argc)
		attached = r->argv[r->at++];
	if (!attached)
		return err_set(r->err, VASTAR_E_USAGE, "%s: its argument is missing (%s)",
			       option_display(option, name), option->argument);
	return keep(r, option, attached);
}

static int take_long(struct reader *r, const char *text)
{
	size_t length = strcspn(text, "=");
	const struct option *option = option_of_name(r->command, text, length);

	if (!option)
		return unknown_name(r->command, text, length, r->err);
	if (option->argument)
		return take_value(r, option, text[length] ? text + length + 1 : NULL);
	if (text[length])
		return err_set(r->err, VASTAR_E_USAGE, "--%s: takes no argument", option->name);
	return keep(r, option, NULL);
}

static int unknown_letter(const struct command *command, char letter, struct vastar_error *err)
{
	if (foreign_explain(command, "-", &letter, 1, err))
		return -VASTAR_E_USAGE;
	return err_set(err, VASTAR_E_USAGE, "option -%c: unknown (see --help)",
		       letter >= ' ' && letter < 0x7f ? letter : '?');
}

/* "-n5", "-n 5", and flags together: "-vn5". */
static int take_letters(struct reader *r, const char *letters)
{
	size_t length = strcspn(letters, "=");
	const struct option *meant = option_of_name(r->command, letters, length);

	/* Other tools take words with one dash, and here -disable-keepalive would be a body of
	 * "isable-keepalive". */
	if (length > 1 && foreign_explain(r->command, "-", letters, length, r->err))
		return -VASTAR_E_USAGE;
	if (meant)
		return err_set(r->err, VASTAR_E_USAGE, "option -%s: one dash is too few (did you mean --%s?)",
			       meant->name, meant->name);
	for (; *letters; letters++) {
		const struct option *option = option_of_letter(r->command, foreign_letter(*letters));
		int rc;

		if (!option)
			return unknown_letter(r->command, *letters, r->err);
		if (option->argument)
			return take_value(r, option, letters[1] ? letters + 1 : NULL);
		rc = keep(r, option, NULL);
		if (rc)
			return rc;
	}
	return 0;
}

static int take_positional(struct reader *r, const char *text, const char **positionals, unsigned *countp)
{
	unsigned count = *countp;

	if (r->visit)
		r->visit(r->context, NULL, text);
	else if (count < r->command->positional_most)
		positionals[(*countp)++] = text;
	else if (!count)
		return err_set(r->err, VASTAR_E_USAGE,
			       "argument '%.60s': vastar %s takes none (see vastar help %s)", text,
			       r->command->name, r->command->name);
	else
		return err_set(r->err, VASTAR_E_USAGE,
			       "argument '%.60s': %s %s%s enough ('%.60s' was given already)", text,
			       count > 1 ? "two" : "one", r->command->positional, count > 1 ? "s are" : " is",
			       positionals[count - 1]);
	return 0;
}

static int take_all(struct reader *r, const char **positionals)
{
	bool only_positional = false;
	unsigned count = 0;
	int rc = 0;

	while (!rc && r->at < r->argc) {
		const char *text = r->argv[r->at++];

		if (!only_positional && !strcmp(text, "--"))
			only_positional = true;
		else if (!only_positional && !strncmp(text, "--", 2))
			rc = take_long(r, text + 2);
		else if (!only_positional && text[0] == '-' && text[1])
			rc = take_letters(r, text + 1);
		else
			rc = take_positional(r, text, positionals, &count);
	}
	return rc;
}

int options_parse(const struct command *command, int argc, char **argv, void *target,
		  const char **positionals, struct vastar_error *err)
{
	struct reader r = {.command = command, .argv = argv, .argc = argc, .target = target, .err = err};

	return take_all(&r, positionals);
}

void options_values(const struct command *command, int argc, char **argv,
		    void (*visit)(void *context, const struct option *option, const char *value),
		    void *context)
{
	struct reader r = {
	    .command = command, .argv = argv, .argc = argc, .visit = visit, .context = context};

	take_all(&r, NULL);
}
