/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#ifndef VASTAR_REPORT_INTERVAL_TREE_H
#define VASTAR_REPORT_INTERVAL_TREE_H

#include "report/tree.h"

/* {t_s, length_s, responses, errors, rps, p50_s, p99_s, max_s, open_connections}, as an element of the JSON's
 * `intervals` and as an event of NDJSON. */
json_t *interval_tree(struct tree *tree, const struct interval *interval);

#endif
