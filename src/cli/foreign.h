/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The names here for options of hey, oha, wrk, wrk2, ab, bombardier, vegeta, h2load and curl. The rows are in
 * foreign.def. */
#ifndef VASTAR_CLI_FOREIGN_H
#define VASTAR_CLI_FOREIGN_H

#include "cli/options.h"

struct foreign {
	const char *name; /* without dashes */
	const char *tools;
	const char *advice;
};

extern const struct foreign foreigns[];
extern const size_t foreign_count;

/* Our letter for this one: -X is curl's name for -m. */
char foreign_letter(char letter);

/* Puts into *err our name for `name`, typed with these dashes. False, with *err unchanged: no tool has such
 * an option, or this command has nothing like it. */
bool foreign_explain(const struct command *command, const char *dashes, const char *name, size_t length,
		     struct vastar_error *err);

#endif
