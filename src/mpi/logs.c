/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "mpi/logs.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/bench_output.h"

/* The number stands before the last ending of the file's name. A device has no number: its path stays. */
static char *path_of(const char *path, int rank)
{
	const char *name = strrchr(path, '/'), *end;
	char *own;

	if (!strncmp(path, "/dev/", 5))
		return strdup(path);
	name = name ? name + 1 : path;
	end = strrchr(name, '.');
	if (!end || end == name)
		end = path + strlen(path);
	return asprintf(&own, "%.*s.%d%s", (int)(end - path), path, rank, end) < 0 ? NULL : own;
}

int logs_open(struct rank_log *log, const char *path, int rank, struct vastar_error *err)
{
	*log = (struct rank_log){0};
	if (!path)
		return 0;
	log->path = path_of(path, rank);
	if (!log->path)
		return err_nomem(err, "--request-log");
	return output_open(&log->output, "--request-log", log->path, err);
}

int logs_write(struct rank_log *log, const struct vastar_result *result, struct vastar_error *err)
{
	return write_request_log(result, &log->output, err);
}

void logs_drop(struct rank_log *log)
{
	output_drop(&log->output);
	free(log->path);
}
