/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "cli/common.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/err.h"
#include "cli/exit.h"

enum { BODY_CHUNK = 64 * 1024, BODY_MAX = 1 << 30, REQUEST_LOG_ROWS = 1000000 };

/* ---- the body ---- */

static int read_all(const char *what, const char *option, FILE *file, const char *name, char **bytesp,
		    size_t *lengthp, struct vastar_error *err)
{
	size_t room = 0, used = 0, got;
	char *bytes = NULL;

	do {
		if (room - used < BODY_CHUNK) {
			char *grown = realloc(bytes, room = room ? 2 * room : 2 * BODY_CHUNK);

			if (!grown) {
				free(bytes);
				return err_nomem(err, "request body");
			}
			bytes = grown;
		}
		got = fread(bytes + used, 1, BODY_CHUNK, file);
		used += got;
	} while (got && used <= BODY_MAX);
	if (ferror(file)) {
		free(bytes);
		return err_set(err, VASTAR_E_USAGE, "%s %s: cannot be read: %s (check the path given to %s)",
			       what, name, strerror(errno), option);
	}
	*bytesp = bytes;
	*lengthp = used;
	return 0;
}

int read_named(const char *what, const char *option, const char *name, char **bytesp, size_t *lengthp,
	       struct vastar_error *err)
{
	FILE *file = strcmp(name, "-") ? fopen(name, "rbe") : stdin;
	int rc;

	if (!file)
		return err_set(err, VASTAR_E_USAGE,
			       "%s %s: cannot be opened: %s (check the path given to %s)", what, name,
			       strerror(errno), option);
	rc = read_all(what, option, file, name, bytesp, lengthp, err);
	if (file != stdin)
		fclose(file);
	return rc;
}

int read_input(const char *option, const char *name, char **bytesp, size_t *lengthp, struct vastar_error *err)
{
	return read_named("body file", option, name, bytesp, lengthp, err);
}

/* ---- what the report looks like ---- */

bool utf8_locale(void)
{
	static const char *const names[] = {"LC_ALL", "LC_CTYPE", "LANG"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const char *value = getenv(names[i]);

		if (value && *value)
			return strcasestr(value, "utf-8") || strcasestr(value, "utf8");
	}
	return false;
}

bool wants_color(const char *when)
{
	const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");

	if (when && strcmp(when, "auto"))
		return !strcmp(when, "always");
	return isatty(STDOUT_FILENO) && !(no_color && *no_color) && !(term && !strcmp(term, "dumb"));
}

int check_color(const char *when, struct vastar_error *err)
{
	if (when && strcmp(when, "auto") && strcmp(when, "always") && strcmp(when, "never"))
		return err_set(err, VASTAR_E_USAGE, "--color '%.40s': not known (use auto, always or never)",
			       when);
	return 0;
}

/* ---- JSON ---- */

static void *allocate_or_exit(size_t size)
{
	void *memory = malloc(size);
	struct vastar_error err;

	if (memory)
		return memory;
	err_nomem(&err, "JSON");
	_exit(exit_with(&err));
}

void exit_without_memory_for_json(void)
{
	json_set_alloc_funcs(allocate_or_exit, free);
}

void return_without_memory_for_json(void)
{
	json_set_alloc_funcs(malloc, free);
}

int set_request_log(const char *path, uint64_t *rowsp, struct vastar_error *err)
{
	if (!path && *rowsp)
		return err_set(err, VASTAR_E_USAGE,
			       "--request-log-max: there is no request log (add --request-log FILE)");
	if (path && !*rowsp)
		*rowsp = REQUEST_LOG_ROWS;
	return 0;
}

/* ---- the run ---- */

const char *make_run_id(char text[RUN_ID_MAX])
{
	time_t now = time(NULL);
	struct tm tm;
	char when[32] = "";

	if (gmtime_r(&now, &tm))
		strftime(when, sizeof(when), "%Y%m%dT%H%M%SZ", &tm);
	snprintf(text, RUN_ID_MAX, "%s-%d", when, (int)getpid());
	return text;
}
