/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * The sweep: measures levels of concurrency in random order, judges them, and picks the sweet spot. With a
 * second endpoint (paired mode) it measures each level on both.
 */
#ifndef VASTAR_SWEEP_SWEEP_H
#define VASTAR_SWEEP_SWEEP_H

#include "stats/result.h"
#include "sweep/levels.h"
#include "sweep/measure.h"
#include "sweep/pick.h"
#include "sweep/reference.h"

enum { NOTES_MAX = 24, NOTE_LENGTH = 240 };

struct sweep_event {
	/* SWEEP_PLANNED: before scouting, and before the first run of the levels */
	enum { SWEEP_WARNING, SWEEP_PLANNED, SWEEP_RUN_BEGINS, SWEEP_RUNNING, SWEEP_RUN_ENDED } kind;
	unsigned run, runs; /* from 1 on, and their number; 0: not known yet */
	uint32_t concurrency;
	unsigned repeat, repeats; /* of this level on this endpoint: from 1 on, and their number */
	bool reference, scouting;
	double seconds_left;		  /* of the whole sweep, estimated; 0: unknown */
	struct measure_progress progress; /* SWEEP_RUNNING */
	const struct sample *sample;	  /* SWEEP_RUN_ENDED; runs that were cut short are not reported */
	const char *warning;		  /* SWEEP_WARNING, before the first run; also kept as a note */
};

/* The caller keeps ownership of all pointers. */
struct sweep_settings {
	struct vastar_settings target;
	struct vastar_settings reference; /* url NULL: not paired with a live endpoint */
	const struct reference *cached;	  /* NULL: not paired with a file */
	bool reference_nearest;		  /* use the nearest level of the file where it lacks one */
	uint64_t reference_max_age_ns;	  /* an older file gets a note; 0: never */
	struct levels levels;
	uint32_t most; /* highest concurrency that --conc auto and --refine may use */
	bool refine;
	uint32_t repeats;
	enum pick_method method;
	double knee_ratio;
	uint32_t baseline_c;
	struct gates gates;
	struct measure_settings measure;
	uint64_t seed;
	void (*on_event)(void *context, const struct sweep_event *event); /* NULL: no events */
	void *context;
	const bool *stop; /* atomic, set by a signal handler: end early with what was measured */
};

struct sweep {
	const struct sweep_settings *settings;
	bool paired;
	unsigned count;
	struct point points[LEVELS_MAX + 1]; /* in rising order; may include one for the baseline only */
	int baseline;			     /* index; -1: none */
	struct gates gates;		     /* those that judged: the settings', fitted to the server */
	struct sweet_spot spot;
	unsigned note_count;
	char notes[NOTES_MAX][NOTE_LENGTH];
	bool stopped_early; /* by the caller, or because the target was lost */
	bool unreachable;
	struct run_facts machine;
	int64_t started_at_s;
	uint64_t elapsed_ns;
	/* State of a sweep in progress. */
	uint64_t random, began_ns, run_began_ns;
	unsigned run, runs;
	bool planned;	       /* the plan of the levels was reported */
	double run_s, left_s;  /* of the current run, and of those after it, estimated */
	double rates[2][32];   /* indexed like workers_needed: the last rate; 0: none */
	unsigned runs_to_come; /* that --refine will add, estimated */
	/* Workers that vastar needed, by endpoint (the reference is the second) and power of two of the
	 * level. */
	uint32_t workers_needed[2][32];
};

/* Returns 0, or an error of the machine or the settings; then *sweep has no result. Call sweep_free() in
 * either case. */
int sweep_run(struct sweep *sweep, const struct sweep_settings *settings, struct vastar_error *err);
void sweep_free(struct sweep *sweep);

/* The exit status: 0, 1 when there was no response at all or the target was lost, 3 when no point passed. */
int sweep_status(const struct sweep *sweep);

/* One sentence on why this level was picked. */
void sweep_reasoning(const struct sweep *sweep, char *text, size_t size);

/* "ok", or the gate that the point failed. */
const char *point_verdict(const struct point *point);

int sweep_write_text(const struct sweep *sweep, bool color, FILE *out, struct vastar_error *err);
int sweep_write_json(const struct sweep *sweep, FILE *out, struct vastar_error *err);
/* Writes a line for each run as it ends (SWEEP_RUN_ENDED). Afterwards one line for the baseline, one for
 * each point, one for the sweet spot. */
int sweep_write_ndjson_run(const struct sweep_event *event, FILE *out, struct vastar_error *err);
int sweep_write_ndjson(const struct sweep *sweep, FILE *out, struct vastar_error *err);
/* The points and the sweet spot as metrics. */
int sweep_write_prometheus(const struct sweep *sweep, FILE *out, struct vastar_error *err);
/* One page with plots. */
int sweep_write_html(const struct sweep *sweep, FILE *out, struct vastar_error *err);

#endif
