/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Several requests in the reports. */
#ifndef VASTAR_REPORT_MIX_H
#define VASTAR_REPORT_MIX_H

#include "report/report.h"

enum { MIX_SHOWN = 20 };

/* The numbers of the requests, those that took the most time of all responses together first. NULL: out of
 * memory. The caller frees it. */
uint32_t *mix_order(const struct report *report);

/* "200: 12, 404: 3" */
struct mix_codes {
	char s[192];
};
struct mix_codes mix_codes(const struct mixed_stats *mixed);

#endif
