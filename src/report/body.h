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

/* For a text given to -d that means something else to other tools ("@payload.json" to curl, "10s" to wrk): a
 * sentence on what is sent, and how to say the other thing here. "" for every other body. */
struct body_text body_doubt(const struct vastar_plan *plan);

/* The same, of what the settings have; no method is GET. */
struct body_text body_doubt_of(const char *source, const char *body, size_t length, const char *method);

#endif
