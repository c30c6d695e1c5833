/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The manual page, from the same table as the parser: an option cannot be in one and not in the other. */
#include <string.h>

#include "cli/commands.h"

/* A hyphen that is typed must not come out as a dash, and no line may look like a request of roff's. */
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

static void put_option(FILE *out, const struct option *option)
{
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
		put_option(out, &command->options[i]);
	}
	fputs(".SS More\n.nf\n", out);
	put_text(out, command->epilog);
	fputs(".fi\n", out);
}

void options_man(FILE *out)
{
	fputs(".TH VASTAR 1 \"\" \"vastar " VASTAR_VERSION "\" \"User Commands\"\n.SH NAME\n", out);
	fputs("vastar \\- HTTP load generator and concurrency sweep on io_uring\n.SH SYNOPSIS\n.nf\n", out);
	put_text(out, bench_command.usage);
	fputs("\n.fi\n", out);
	for (size_t i = 0; commands[i]; i++)
		put_command(out, commands[i]);
	fputs(".SH FILES\n", out);
	put_text(
	    out,
	    "The JSON of a benchmark follows bench.schema.json, that of a sweep sweep.schema.json, that of "
	    "a comparison compare.schema.json, that of a calibration calibration.schema.json, in the folder "
	    "share/vastar.\n");
	fputs(".SH SEE ALSO\n.BR curl (1),\n.BR io_uring (7)\n", out);
}
