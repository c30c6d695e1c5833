/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The commands: each takes its arguments without the program's and its own name and returns the exit
 * status. */
#ifndef VASTAR_CLI_COMMANDS_H
#define VASTAR_CLI_COMMANDS_H

int bench_main(int argc, char **argv);
int sweep_main(int argc, char **argv);
int serve_main(int argc, char **argv);
int merge_main(int argc, char **argv);
int compare_main(int argc, char **argv);
int calibrate_main(int argc, char **argv);

#endif
