/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The parts of a saved report. Values that do not fit cause a complaint. */
#ifndef VASTAR_REPORT_SAVED_PARTS_H
#define VASTAR_REPORT_SAVED_PARTS_H

#include "plan/plan.h"
#include "report/reader.h"
#include "stats/result.h"

/* Limit for the sum of all times in nanoseconds: what 64 bits hold, 584 years. */
#define SAVED_SUM_MAX 1.8e19

/* Reads object.histogram into an empty histogram. Minimum and maximum become bounds of the outermost
 * buckets. The sums use the middle of each bucket. `what` names the histogram in a complaint. */
void saved_buckets(struct reader *reader, const json_t *object, const char *what, struct hist *hist);

/* Sets the exact extremes, which must lie in the outermost buckets. */
void saved_extremes(struct reader *reader, const char *what, struct hist *hist, uint64_t min_ns,
		    uint64_t max_ns);

/* Sets the sums from mean and standard deviation; negative: missing. */
void saved_moments(struct reader *reader, struct hist *hist, double mean_s, double stddev_s);

/* Reads {count, average_s, fastest_s, slowest_s} into an empty span. */
void saved_span(struct reader *reader, const json_t *object, const char *what, struct span *span);

/* Reads `http2`, which may be missing or null. */
void saved_streams(struct reader *reader, const json_t *root, struct result *result);

/* Reads what gRPC adds, which is missing without it: the statuses, which say what was good, then the
 * rest, which needs the latencies. */
void saved_call_statuses(struct reader *reader, const json_t *root, struct shard *sum);
void saved_calls(struct reader *reader, const json_t *root, struct result *result);
/* Reads `stream`, which may be missing or null: then result->sum has no events. */
void saved_events(struct reader *reader, const json_t *root, struct result *result);

/* Reads `websocket`, which may be missing or null. */
void saved_websocket(struct reader *reader, const json_t *root, struct result *result);

/* Reads `by_request`, which only several requests have. False: out of memory. */
bool saved_mix(struct reader *reader, const json_t *root, struct vastar_plan *plan, struct result *result);

/* Reads `tls`, which may be missing or null, into result->sum->handshakes. result->facts has the date. */
void saved_tls(struct reader *reader, const json_t *root, struct result *result);

/* Reads the results: everything except plan, machine and date. result->facts must have the number of
 * workers, room for their cpu_busy, and whether the loop was open. */
void saved_result(struct reader *reader, const json_t *root, struct result *result);

/* Reads the members of `params` about how to reach the target; older files lack them. */
void saved_reach(struct reader *reader, const json_t *params, struct vastar_plan *plan);

#endif
