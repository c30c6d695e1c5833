/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* International host names (RFC 5890), in UTF-8, with libidn2. */
#ifndef VASTAR_PLAN_IDN_H
#define VASTAR_PLAN_IDN_H

#include <stdbool.h>

#include "base/err.h"
#include "plan/url.h"

/* True if the name has bytes outside ASCII. */
bool idn_wanted(struct view name);

/* The name with xn-- labels; the caller frees it. VASTAR_E_USAGE for an invalid name, and in a build without
 * libidn2. */
int idn_to_ascii(char **asciip, struct view name, struct vastar_error *err);

#endif
