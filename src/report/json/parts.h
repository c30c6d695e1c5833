/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The parts of the JSON report. */
#ifndef VASTAR_REPORT_JSON_PARTS_H
#define VASTAR_REPORT_JSON_PARTS_H

#include "report/report.h"
#include "report/tree.h"

/* A new reference: {t_s, length_s, responses, errors, rps, p50_s, p99_s, max_s, open_connections} */
json_t *json_interval(struct tree *tree, const struct interval *interval);

/* These add to `root`: latency; service and censored for an open loop; latency_by_status when there are
 * several classes. */
void json_put_latency(struct tree *tree, json_t *root, const struct report *report);
void json_put_service(struct tree *tree, json_t *root, const struct report *report);
void json_put_classes(struct tree *tree, json_t *root, const struct report *report);

/* These add to `root`: the stages of an open loop with several, each from the requests that were due in
 * it; warmup and until when requested. `params` gets the requested stages, or null in a closed loop. */
void json_put_stages(struct tree *tree, json_t *root, const struct report *report);
void json_put_warmup(struct tree *tree, json_t *root, const struct report *report);
void json_put_until(struct tree *tree, json_t *root, const struct report *report);
void json_put_stage_params(struct tree *tree, json_t *params, const struct schedule *schedule);

/* percentiles, weak and confidence */
void json_put_percentiles(struct tree *tree, json_t *object, const struct report *report,
			  const struct hist *hist);

/* `histogram`: every bucket that is not empty. */
void json_put_buckets(struct tree *tree, json_t *object, const struct hist *hist);

/* For a report made of several runs: repeats and merged. */
void json_put_runs(struct tree *tree, json_t *root, const struct report *report);

/* `http2`: what happened to streams; null with HTTP/1.1. */
void json_put_streams(struct tree *tree, json_t *root, const struct report *report);

/* `grpc_status` and `messages`, and what belongs to them; nothing without gRPC. */
void json_put_calls(struct tree *tree, json_t *root, const struct report *report);
/* `stream`: the events of event streams; null without --stream. */
void json_put_events(struct tree *tree, json_t *root, const struct report *report);

/* The tokens of a language model; nothing without ai-bench. */
void json_put_tokens(struct tree *tree, json_t *root, const struct report *report);

/* `websocket`: what happened beyond the round trips; null without WebSocket. */
void json_put_websocket(struct tree *tree, json_t *root, const struct report *report);

/* `by_request`: each of several requests; nothing for one. */
void json_put_mix(struct tree *tree, json_t *root, const struct report *report);

/* `tls`: the handshakes; null without any. */
void json_put_tls(struct tree *tree, json_t *root, const struct result *result);

/* `share` in `params`, with the whole that it is a part of; nothing for a run that is the whole. */
void json_put_share(struct tree *tree, json_t *params, const struct vastar_plan *plan);

/* `hosts` of a merged report, when its runs were at the same time. */
void json_put_hosts(struct tree *tree, json_t *root, const struct merged *merged);

/* The members of `params` about how to reach the target; null if not given. */
void json_put_reach(struct tree *tree, json_t *params, const struct vastar_plan *plan);

#endif
