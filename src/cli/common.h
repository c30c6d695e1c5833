/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Shared by the commands. */
#ifndef VASTAR_CLI_COMMON_H
#define VASTAR_CLI_COMMON_H

#include "cli/options.h"

enum { RUN_ID_MAX = 48 };

/* Writes a name for this run, "20261127T120000Z-4711", and returns it. */
const char *make_run_id(char text[RUN_ID_MAX]);

bool utf8_locale(void);

/* Whether standard output gets colours: `when` is auto (also NULL), always or never. */
bool wants_color(const char *when);
int check_color(const char *when, struct vastar_error *err);

/* Reads a file, - for standard input, that `option` named. The bytes are the caller's. */
int read_input(const char *option, const char *name, char **bytesp, size_t *lengthp,
	       struct vastar_error *err);

/* The same for another kind of file: `what` begins the messages. */
int read_named(const char *what, const char *option, const char *name, char **bytesp, size_t *lengthp,
	       struct vastar_error *err);

/* --request-log and --request-log-max: the default is a million rows; a number needs a file. */
int set_request_log(const char *path, uint64_t *rowsp, struct vastar_error *err);

/* Call it before reading JSON: when out of memory, jansson (2.14) reports a syntax error, or crashes. From
 * here on the program ends with a message instead, so nothing may be partly written. */
void exit_without_memory_for_json(void);

/* Call it when all of that is freed: jansson handles missing memory itself again. */
void return_without_memory_for_json(void);

#endif
