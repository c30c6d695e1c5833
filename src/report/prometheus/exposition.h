/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * The text format of Prometheus, version 0.0.4: families of samples, each with one help and one type line.
 * Every sample has the labels of the run.
 */
#ifndef VASTAR_REPORT_PROMETHEUS_EXPOSITION_H
#define VASTAR_REPORT_PROMETHEUS_EXPOSITION_H

#include <stdint.h>
#include <stdio.h>

#include "stats/hist.h"

struct exposition {
	FILE *out;
	char labels[1024]; /* url="...",method="...",run="..." */
};

/* Uses the URL without query and fragment; it has no credentials. */
void exposition_begin(struct exposition *exposition, FILE *out, const char *url, const char *method,
		      const char *run_id);

/* `type` is "counter" or "gauge". Its samples follow. */
void exposition_family(const struct exposition *exposition, const char *name, const char *type,
		       const char *help);

/* A sample with an additional label (NULL: none). */
void exposition_sample(const struct exposition *exposition, const char *name, const char *label,
		       const char *label_value, double value);

/* A family with one sample. */
void exposition_single(const struct exposition *exposition, const char *name, const char *type,
		       const char *help, double value);

/* A classic histogram in seconds. Its bounds are bounds of our own buckets, four for each doubling, so its
 * counts are exact. */
void exposition_histogram(const struct exposition *exposition, const char *name, const char *help,
			  const struct hist *hist);

#endif
