/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Options by their names. */
#ifndef VASTAR_CLI_OPTION_NAMES_H
#define VASTAR_CLI_OPTION_NAMES_H

#include "cli/options.h"

/* NULL: the command has no such option. */
const struct option *option_of_letter(const struct command *command, char letter);
/* `name` without its dashes. */
const struct option *option_of_name(const struct command *command, const char *name, size_t length);

/* Does the command have the option "-n" or "--requests" that these characters name? */
bool option_named(const struct command *command, const char *name, size_t length);

#endif
