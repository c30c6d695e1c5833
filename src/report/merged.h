/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* What reports say about the runs from which they were merged. */
#ifndef VASTAR_REPORT_MERGED_H
#define VASTAR_REPORT_MERGED_H

#include "report/format.h"
#include "stats/result.h"

enum overlap {
	OVERLAP_ALL,  /* at some instant all of them ran */
	OVERLAP_SOME, /* some ran at the same time, but not all */
	OVERLAP_NONE, /* one after the other */
};

extern const char *const overlap_names[]; /* "all", "some", "none" */

struct merged_run {
	const char *file; /* owned by the caller */
	char *url;	  /* owned */
	struct text started_at;
	uint64_t total_ns, requests;
	double rps; /* NAN: the run took no time */
};

/* One run beside others: a row of the table by host. */
struct host {
	char name[65];
	uint32_t part;	   /* of a shared run, from 1; 0: it was none */
	uint64_t start_ns; /* after the first one's start, by their clocks */
	uint32_t connections;
	uint64_t requests, responses, errors;
	double rps; /* NAN: the run took no time */
	uint64_t p50_ns, p99_ns, max_ns;
	double busy;			      /* of its busiest worker */
	bool clock_known;		      /* by messages, not by its date */
	double clock_offset_s, clock_error_s; /* its clock is so much ahead of the first host's */
	enum verdict verdict;
	char reason[384];
};

struct merged {
	unsigned count;
	struct merged_run *runs; /* owned; sorted by start */
	uint64_t busy_ns;	 /* time in which at least one ran */
	uint64_t span_ns;	 /* from the first start to the last end */
	enum overlap overlap;
	unsigned host_count; /* 0: the runs were not at the same time */
	struct host *hosts;  /* [host_count], owned; by part, then as the runs */
	bool together;	     /* one program ran them all: its runs are the hosts */
	char note[256];	     /* what is missing from a shared run; "": nothing */
};

void merged_free(struct merged *merged);

#endif
