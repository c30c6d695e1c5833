/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* --share and --start-at. */
#ifndef VASTAR_CLI_SHARE_H
#define VASTAR_CLI_SHARE_H

#include "cli/options.h"

/* Sets the share and the start in the settings. VASTAR_E_USAGE for invalid values, for contradictions with
 * other options, and for a time in the past. */
int set_share(struct bench_options *o, struct vastar_error *err);

#endif
