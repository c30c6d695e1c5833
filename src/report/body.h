/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* What the report says about the body of the request. */
#ifndef VASTAR_REPORT_BODY_H
#define VASTAR_REPORT_BODY_H

#include "plan/plan.h"

struct body_text {
	char s[200];
};

/* "13 bytes from -d", "2048 bytes from payload.json"; "" without a body. */
struct body_text body_describe(const struct vastar_plan *plan);

/* For an argument of -d that has another meaning in other tools ("@payload.json" in curl, "10s" in wrk): a
 * sentence on what is sent, and on the option for that meaning. "" for every other body. */
struct body_text body_doubt(const struct vastar_plan *plan);

/* The same for settings; without a method it is GET. */
struct body_text body_doubt_of(const char *source, const char *body, size_t length, const char *method);

#endif
