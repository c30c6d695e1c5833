/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/err.h"
#include "cli/commands.h"
#include "cli/exit.h"
#include "cli/options.h"

int exit_with(const struct vastar_error *err)
{
	fprintf(stderr, "vastar: %s\n", err->text);
	return err->status == VASTAR_E_USAGE ? EXIT_USAGE : EXIT_FAILED;
}

int print_help(const struct command *command)
{
	struct winsize size;
	unsigned width = !ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) && size.ws_col ? size.ws_col : 100;

	options_help(command, width < 110 ? width : 110, stdout);
	return fflush(stdout) || ferror(stdout) ? EXIT_FAILED : EXIT_OK;
}

static int print_version(void)
{
	printf("vastar %s\n", vastar_version());
	return fflush(stdout) ? EXIT_FAILED : EXIT_OK;
}

static int unknown_topic(const char *topic)
{
	struct vastar_error err;

	err_set(&err, VASTAR_E_USAGE, "help '%.40s': no such command (try vastar help, or vastar help serve)",
		topic);
	return exit_with(&err);
}

static int help_main(int argc, char **argv)
{
	if (!argc)
		return print_help(&bench_command);
	if (!strcmp(argv[0], "serve"))
		return print_help(&serve_command);
	return unknown_topic(argv[0]);
}

static int sweep_main(void)
{
	struct vastar_error err;

	err_set(&err, VASTAR_E_USAGE, "sweep: not there yet in version %s (run single levels with -c)",
		vastar_version());
	return exit_with(&err);
}

int main(int argc, char **argv)
{
	const char *command = argc > 1 ? argv[1] : "";

	if (!strcmp(command, "serve"))
		return serve_main(argc - 2, argv + 2);
	if (!strcmp(command, "help"))
		return help_main(argc - 2, argv + 2);
	if (!strcmp(command, "version"))
		return print_version();
	if (!strcmp(command, "sweep"))
		return sweep_main();
	return bench_main(argc - 1, argv + 1);
}
