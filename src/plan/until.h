/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* --until: how precisely a percentile must be known before a run ends. */
#ifndef VASTAR_PLAN_UNTIL_H
#define VASTAR_PLAN_UNTIL_H

#include "base/err.h"

struct until {
	char name[16];	  /* "p99"; "": no --until */
	double percent;	  /* above 0, below 100 */
	double tolerance; /* a share: 0.05 for 5 % on either side */
};

/* "p99±5%", also "p99+-5%" for keyboards without that sign; VASTAR_E_USAGE. */
int until_parse(const char *spec, struct until *until, struct vastar_error *err);

#endif
