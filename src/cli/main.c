/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "cli/commands.h"
#include "cli/exit.h"
#include "cli/help.h"
#include "cli/options.h"
#include "cli/signals.h"

static int unknown_topic(const char *topic)
{
	struct vastar_error err;

	err_set(&err, VASTAR_E_USAGE,
		"help '%.40s': no such topic (try vastar help, or vastar help grpc, ai-bench, sweep, serve, "
		"merge, "
		"compare, "
		"calibrate, man, bash, zsh or fish)",
		topic);
	return exit_with(&err);
}

static int help_main(int argc, char **argv)
{
	if (!argc)
		return print_help(&bench_command);
	for (size_t i = 0; commands[i]; i++)
		if (commands[i]->name && !strcmp(argv[0], commands[i]->name))
			return print_help(commands[i]);
	if (!strcmp(argv[0], "man")) {
		options_man(stdout);
		return exit_printed();
	}
	if (options_completions(argv[0], stdout))
		return exit_printed();
	return unknown_topic(argv[0]);
}

/* A program that is started without one of the standard descriptors would get that number for a socket or a
 * ring, and print its report to the server. What takes the place cannot be used either, and says so
 * (EBADF). */
static void occupy_standard_descriptors(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0 && errno == EBADF)
			open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
}

int main(int argc, char **argv)
{
	const char *command = argc > 1 ? argv[1] : "";

	occupy_standard_descriptors();
	signals_ignore_broken_output();
	if (!strcmp(command, "serve"))
		return serve_main(argc - 2, argv + 2);
	if (!strcmp(command, "help"))
		return help_main(argc - 2, argv + 2);
	if (!strcmp(command, "version"))
		return print_version();
	if (!strcmp(command, "grpc"))
		return grpc_main(argc - 2, argv + 2);
	if (!strcmp(command, "ai-bench"))
		return ai_main(argc - 2, argv + 2);
	if (!strcmp(command, "sweep"))
		return sweep_main(argc - 2, argv + 2);
	if (!strcmp(command, "merge"))
		return merge_main(argc - 2, argv + 2);
	if (!strcmp(command, "compare"))
		return compare_main(argc - 2, argv + 2);
	if (!strcmp(command, "calibrate"))
		return calibrate_main(argc - 2, argv + 2);
	return bench_main(argc - 1, argv + 1);
}
