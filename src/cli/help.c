/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "cli/help.h"

#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cli/exit.h"

enum { HELP_INDENT = 32, WIDTH_MIN = 72 };

static void print_wrapped(const char *text, unsigned column, unsigned width, FILE *out)
{
	unsigned at = column;

	while (*text) {
		unsigned length = (unsigned)strcspn(text, " ");

		if (at > column && at + length + 1 > width) {
			fprintf(out, "\n%*s", (int)column, "");
			at = column;
		}
		at += (unsigned)fprintf(out, "%s%.*s", at > column ? " " : "", (int)length, text);
		text += length;
		text += strspn(text, " ");
	}
	fputc('\n', out);
}

static void print_option(const struct option *option, unsigned width, FILE *out)
{
	char left[80];
	int used = option->letter ? snprintf(left, sizeof(left), "  -%c, --%s", option->letter, option->name)
				  : snprintf(left, sizeof(left), "      --%s", option->name);

	if (option->argument)
		used += snprintf(left + used, sizeof(left) - (size_t)used, " %s", option->argument);
	fputs(left, out);
	if (used >= HELP_INDENT)
		fprintf(out, "\n%*s", HELP_INDENT, "");
	else
		fprintf(out, "%*s", HELP_INDENT - used, "");
	print_wrapped(option->help, HELP_INDENT, width, out);
}

void options_help(const struct command *command, unsigned width, FILE *out)
{
	const char *group = "";

	if (width < WIDTH_MIN)
		width = WIDTH_MIN;
	fprintf(out, "Usage: %s\n\n", command->usage);
	print_wrapped(command->about, 0, width, out);
	for (size_t i = 0; i < command->option_count; i++) {
		if (strcmp(group, command->options[i].group)) {
			group = command->options[i].group;
			fprintf(out, "\n%s:\n", group);
		}
		print_option(&command->options[i], width, out);
	}
	fprintf(out, "\n%s", command->epilog);
}

int print_help(const struct command *command)
{
	struct winsize size;
	unsigned width = !ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) && size.ws_col ? size.ws_col : 100;

	options_help(command, width < 110 ? width : 110, stdout);
	return exit_printed();
}

int print_version(void)
{
	printf("vastar %s\n", vastar_version());
	return exit_printed();
}
