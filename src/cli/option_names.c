/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "cli/option_names.h"

#include <string.h>

const struct option *option_of_letter(const struct command *command, char letter)
{
	for (size_t i = 0; i < command->option_count; i++)
		if (command->options[i].letter == letter)
			return &command->options[i];
	return NULL;
}

const struct option *option_of_name(const struct command *command, const char *name, size_t length)
{
	for (size_t i = 0; i < command->option_count; i++)
		if (strlen(command->options[i].name) == length &&
		    !memcmp(command->options[i].name, name, length))
			return &command->options[i];
	return NULL;
}

bool option_named(const struct command *command, const char *name, size_t length)
{
	if (length == 2 && name[0] == '-' && name[1] != '-')
		return option_of_letter(command, name[1]);
	return length > 2 && !memcmp(name, "--", 2) && option_of_name(command, name + 2, length - 2);
}
