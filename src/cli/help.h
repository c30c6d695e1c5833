/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* What --help and --version say. */
#ifndef VASTAR_CLI_HELP_H
#define VASTAR_CLI_HELP_H

#include "cli/options.h"

/* Prints usage, options by group and the epilog, wrapped at `width` columns. */
void options_help(const struct command *command, unsigned width, FILE *out);

/* Both print on stdout, the help as wide as the terminal, and return the exit status. */
int print_help(const struct command *command);
int print_version(void);

#endif
