/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The commands: their options, and their functions. */
#ifndef VASTAR_CLI_COMMANDS_H
#define VASTAR_CLI_COMMANDS_H

#include "cli/options.h"

extern const struct command bench_command, grpc_command, ai_command, sweep_command, serve_command,
    merge_command, compare_command, calibrate_command;
extern const struct command *const commands[]; /* all of them, ends with NULL */

/* Each takes its arguments without the program's and its own name and returns the exit status. */
int bench_main(int argc, char **argv);
int grpc_main(int argc, char **argv);
int ai_main(int argc, char **argv);
int sweep_main(int argc, char **argv);
int serve_main(int argc, char **argv);
int merge_main(int argc, char **argv);
int compare_main(int argc, char **argv);
int calibrate_main(int argc, char **argv);

#endif
