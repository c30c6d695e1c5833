/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The manual page, from the parser's table: no option can be missing from either. */
#include <string.h>

#include "cli/commands.h"

/* What the page says about an option beyond its row in options.def. */
static const struct more {
	const char *command; /* "": the one without a name */
	const char *option;
	const char *text;
} more[] = {
#define MORE(...) {__VA_ARGS__},
#include "cli/man.def"
#undef MORE
};

/* The sections behind the commands: a line sets one of these. */
static const struct line {
	const char *section;
	const char *term, *text; /* without a term: a paragraph */
} lines[] = {
#define SECTION(name) {name, NULL, NULL},
#define ENTRY(term, text) {NULL, term, text},
#define TEXT(text) {NULL, NULL, text},
#include "cli/man.def"
#undef TEXT
#undef ENTRY
#undef SECTION
};

/* A typed hyphen must not become a dash, and no line may look like a roff request. */
static void put_text(FILE *out, const char *text)
{
	bool line_start = true;

	for (; *text; text++) {
		if (line_start && (*text == '.' || *text == '\''))
			fputs("\\&", out);
		line_start = *text == '\n';
		if (*text == '-' || *text == '\\')
			fputc('\\', out);
		fputs(*text == '\\' ? "e" : (char[]){*text, '\0'}, out);
	}
}

static const char *more_about(const char *command, const char *option)
{
	for (size_t i = 0; i < sizeof(more) / sizeof(more[0]); i++)
		if (!strcmp(more[i].command, command ? command : "") && !strcmp(more[i].option, option))
			return more[i].text;
	return NULL;
}

/* `command` is NULL for the one without a name. */
static void put_option(FILE *out, const char *command, const struct option *option)
{
	const char *text = more_about(command, option->name);

	fputs(".TP\n", out);
	if (option->letter)
		fprintf(out, "\\fB\\-%c\\fR, ", option->letter);
	fputs("\\fB\\-\\-", out);
	put_text(out, option->name);
	fputs("\\fR", out);
	if (option->argument) {
		fputs(" \\fI", out);
		put_text(out, option->argument);
		fputs("\\fR", out);
	}
	fputc('\n', out);
	put_text(out, option->help);
	fputc('\n', out);
	if (!text)
		return;
	/* A further paragraph with the same indent. */
	fputs(".IP\n", out);
	put_text(out, text);
	fputc('\n', out);
}

static void put_command(FILE *out, const struct command *command)
{
	const char *group = "";

	if (command->name)
		fprintf(out, ".SH \"VASTAR %s\"\n", command->name);
	else
		fputs(".SH OPTIONS\n", out);
	put_text(out, command->about);
	fputc('\n', out);
	for (size_t i = 0; i < command->option_count; i++) {
		if (strcmp(group, command->options[i].group)) {
			group = command->options[i].group;
			fprintf(out, ".SS %s\n", group);
		}
		put_option(out, command->name, &command->options[i]);
	}
	fputs(".SS More\n.nf\n", out);
	put_text(out, command->epilog);
	fputs(".fi\n", out);
}

static void put_lines(FILE *out)
{
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		if (lines[i].section) {
			fprintf(out, ".SH \"%s\"\n", lines[i].section);
			continue;
		}
		fputs(lines[i].term ? ".TP\n" : ".PP\n", out);
		if (lines[i].term) {
			fputs("\\fB", out);
			put_text(out, lines[i].term);
			fputs("\\fR\n", out);
		}
		put_text(out, lines[i].text);
		fputc('\n', out);
	}
}

void options_man(FILE *out)
{
	fputs(".TH VASTAR 1 \"\" \"vastar " VASTAR_VERSION "\" \"User Commands\"\n.SH NAME\n", out);
	fputs("vastar \\- HTTP load generator and concurrency sweep on io_uring\n.SH SYNOPSIS\n.nf\n", out);
	put_text(out, bench_command.usage);
	fputs("\n.fi\n", out);
	for (size_t i = 0; commands[i]; i++)
		put_command(out, commands[i]);
	put_lines(out);
	fputs(".SH FILES\n", out);
	put_text(out, "The folder share/vastar has the schemas of the JSON: bench.schema.json, "
		      "sweep.schema.json, compare.schema.json and calibration.schema.json.\n");
	fputs(".SH SEE ALSO\n.BR curl (1),\n.BR io_uring (7)\n", out);
}
