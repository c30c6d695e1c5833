/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * The ceiling of a host: the rate that vastar reaches on it against its own server, in a table of workers
 * and concurrency. vastar calibrate measures and writes it. A benchmark reads it back to report how much
 * of it was used. It is the ceiling of client and server together, for small responses over keep-alive
 * connections.
 */
#ifndef VASTAR_REPORT_CEILING_H
#define VASTAR_REPORT_CEILING_H

#include "report/format.h"
#include "report/report.h"

struct ceiling_row {
	uint32_t workers, concurrency; /* the server has as many workers, unless they follow the load */
	bool follows_load;	       /* workers were not set: this is their number at the end */
	double rps;
	double cpu_s;	     /* of the client per response: user and system, busy waiting included */
	double server_cpu_s; /* the same for the server */
	double p50_s, p99_s; /* service time */
};

struct ceiling {
	struct run_facts machine; /* kernel, processors, memory; all else is empty */
	int64_t started_at_s;	  /* seconds since 1970 */
	double duration_s;	  /* of a run */
	uint32_t repeats;	  /* runs for each row; the run with the median rate counts */
	bool interrupted;	  /* rows may be missing */
	struct ceiling_row *rows; /* owned; sorted by workers, then by concurrency */
	uint32_t count;
};

enum { CEILING_ROWS_MAX = 10000 };

/* The row with the highest rate; NULL without rows. */
const struct ceiling_row *ceiling_best(const struct ceiling *ceiling);

/* VASTAR_E_SYSTEM when writing to the stream fails, or when out of memory. */
int ceiling_write_json(const struct ceiling *ceiling, FILE *out, struct vastar_error *err);
int ceiling_write_text(const struct ceiling *ceiling, FILE *out, struct vastar_error *err);

/* Reads what ceiling_write_json() wrote. VASTAR_E_USAGE with a message when the bytes are not a
 * calibration, VASTAR_E_SYSTEM when out of memory. On failure *ceiling is empty. */
int ceiling_parse(struct ceiling *ceiling, const char *name, const char *bytes, size_t length,
		  struct vastar_error *err);

/* Reads a file, "-" for standard input; VASTAR_E_SYSTEM when it cannot be read. */
int ceiling_load(struct ceiling *ceiling, const char *path, struct vastar_error *err);

void ceiling_free(struct ceiling *ceiling); /* may be empty */

/* ---- use in a benchmark report ---- */

/* The rate of a run as a share of the ceiling; NAN without a rate. */
double ceiling_share(const struct ceiling *ceiling, const struct result *result);

/* A sentence when the calibration was made on another machine than the run; else "". */
struct ceiling_note {
	char s[400];
} ceiling_departure(const struct ceiling *ceiling, const struct run_facts *facts);

#endif
