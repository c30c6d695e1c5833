/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* What reports say about the runs from which they were merged. */
#ifndef VASTAR_REPORT_MERGED_H
#define VASTAR_REPORT_MERGED_H

#include "report/format.h"

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

struct merged {
	unsigned count;
	struct merged_run *runs; /* owned; sorted by start */
	uint64_t busy_ns;	 /* time in which at least one ran */
	uint64_t span_ns;	 /* from the first start to the last end */
	enum overlap overlap;
};

void merged_free(struct merged *merged);

#endif
