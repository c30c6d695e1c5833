/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The command line as text, to be copied into a shell. */
#ifndef VASTAR_CLI_COMMAND_TEXT_H
#define VASTAR_CLI_COMMAND_TEXT_H

#include "cli/options.h"

/*
 * "vastar sweep -n 5 'http://h/?a&b'": the arguments that options_parse() has understood, quoted for a shell
 * where necessary. Credentials are "***": those of -a, of headers that carry them (Authorization, Cookie,
 * keys and tokens), and user and password in a URL or proxy. A file with credentials is named. The caller
 * frees it; NULL: out of memory.
 */
char *command_text(const struct command *command, int argc, char **argv);

#endif
