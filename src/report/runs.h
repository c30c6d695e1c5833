/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The parts of a report that is made of several runs. Nothing is written for one run alone. */
#ifndef VASTAR_REPORT_RUNS_H
#define VASTAR_REPORT_RUNS_H

#include "report/report.h"
#include "report/tree.h"

/* The members "repeats" and "merged" of the JSON. */
void runs_put(struct tree *tree, json_t *root, const struct report *report);

#endif
