/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * The ceiling of a host: what vastar reaches on it against its own server, in a table of workers and
 * concurrency. vastar calibrate measures and writes it; a benchmark reads it back to say how much of it was
 * used. It is the ceiling of client and server together, for small responses over kept connections.
 */
#ifndef VASTAR_REPORT_CEILING_H
#define VASTAR_REPORT_CEILING_H

#include "report/format.h"
#include "report/report.h"

struct ceiling_row {
	uint32_t workers, concurrency; /* the server has as many workers, unless these follow the load */
	bool follows_load;	       /* they were not set: so many there were at the end */
	double rps;
	double cpu_s;	     /* of the client for each response, user and system, waiting actively included */
	double server_cpu_s; /* of the server, likewise */
	double p50_s, p99_s; /* service time */
};

struct ceiling {
	struct run_facts machine; /* kernel, processors, memory; the rest is empty */
	int64_t started_at_s;	  /* seconds since 1970 */
	double duration_s;	  /* of a run */
	uint32_t repeats;	  /* runs for each row, of which the median by rate counts */
	bool interrupted;	  /* rows may be missing */
	struct ceiling_row *rows; /* owned; by workers, then by concurrency */
	uint32_t count;
};

enum { CEILING_ROWS_MAX = 10000 };

/* The row with the highest rate; NULL without rows. */
const struct ceiling_row *ceiling_best(const struct ceiling *ceiling);

/* VASTAR_E_SYSTEM when the stream does not take it, or without memory. */
int ceiling_write_json(const struct ceiling *ceiling, FILE *out, struct vastar_error *err);
int ceiling_write_text(const struct ceiling *ceiling, FILE *out, struct vastar_error *err);

/* Reads what ceiling_write_json() has written. VASTAR_E_USAGE with a sentence when the bytes are no
 * calibration, VASTAR_E_SYSTEM when memory is short. On failure *ceiling is empty. */
int ceiling_parse(struct ceiling *ceiling, const char *name, const char *bytes, size_t length,
		  struct vastar_error *err);

/* The same from a file, "-" for standard input; VASTAR_E_SYSTEM when it cannot be read. */
int ceiling_load(struct ceiling *ceiling, const char *path, struct vastar_error *err);

void ceiling_free(struct ceiling *ceiling); /* an empty one is allowed */

/* ---- in the report of a benchmark ---- */

/* The rate of a run as a share of the ceiling; NAN when there is no rate. */
double ceiling_share(const struct ceiling *ceiling, const struct result *result);

/* A sentence when the calibration is not of the machine that the run was on; "" when it is. */
struct ceiling_note {
	char s[400];
} ceiling_departure(const struct ceiling *ceiling, const struct run_facts *facts);

#endif
