/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Saved runs that are parts of one, and the table of the hosts that ran at the same time. */
#ifndef VASTAR_REPORT_SAVED_SHARES_H
#define VASTAR_REPORT_SAVED_SHARES_H

#include "report/merged.h"
#include "report/saved/saved.h"

/* VASTAR_E_USAGE: parts mixed with other runs, parts of different runs, the same part twice. */
int shares_check(const struct saved *inputs, const char *const *files, unsigned count,
		 struct vastar_error *err);

/* Adds the row of a run that began `start_ns` after the first one. merged->hosts has room. */
void hosts_add(struct merged *merged, const struct saved *saved, uint64_t start_ns);

/* All rows are complete. Sorts them, and names in merged->note what is missing from the `parts` of a whole
 * (0: the runs are not parts). */
void hosts_finish(struct merged *merged, uint32_t parts);

/* The verdict of the whole is the worst one, with the name of its host. */
void hosts_judge(const struct merged *merged, struct result *whole);

#endif
