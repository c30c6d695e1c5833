/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* How the target is reached, in the words of the reports for people. */
#ifndef VASTAR_REPORT_REACH_H
#define VASTAR_REPORT_REACH_H

#include "plan/plan.h"

struct reach_words {
	char s[320];
};

/* "Unix socket /run/app.sock"; "" when there is nothing to say. May quote what the user gave. */
struct reach_words reach_describe(const struct vastar_plan *plan);

#endif
