/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The JSON report and its parts, for formats that are made of it. Each returns a new reference. */
#ifndef VASTAR_REPORT_JSON_H
#define VASTAR_REPORT_JSON_H

#include "report/report.h"
#include "report/tree.h"

/* The whole report; NULL: out of memory. */
json_t *json_report(const struct report *report);

/* {t_s, length_s, responses, errors, rps, p50_s, p99_s, max_s, open_connections} */
json_t *json_interval(struct tree *tree, const struct interval *interval);

/* Parts of it, put into `root`: latency; service and censored of an open loop; latency_by_status where there
 * are several classes. */
void json_put_latency(struct tree *tree, json_t *root, const struct report *report);
void json_put_service(struct tree *tree, json_t *root, const struct report *report);
void json_put_classes(struct tree *tree, json_t *root, const struct report *report);

/* `histogram`: every bucket with something in it. */
void json_put_buckets(struct tree *tree, json_t *object, const struct hist *hist);

#endif
