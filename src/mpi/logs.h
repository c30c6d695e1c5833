/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* --request-log: each rank writes its own requests, to a file with the number of the rank in its name. One
 * file of all would have to pass through the network, and rank 0. */
#ifndef VASTAR_MPI_LOGS_H
#define VASTAR_MPI_LOGS_H

#include "cli/output.h"
#include "vastar.h"

struct rank_log {
	struct output output;
	char *path; /* owned; "requests.csv" is "requests.2.csv" on rank 2 */
};

/* Opens nothing when `path` is NULL. *log must not move until logs_drop(). */
int logs_open(struct rank_log *log, const char *path, int rank, struct vastar_error *err);

/* Writes the log, if there is one, and says on standard error if it is not complete. */
int logs_write(struct rank_log *log, const struct vastar_result *result, struct vastar_error *err);

/* Of a log that was opened or zeroed. */
void logs_drop(struct rank_log *log);

#endif
