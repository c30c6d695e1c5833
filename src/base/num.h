/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Numbers as people type them. Each parser takes the whole string or fails: no trailing text, no overflow. */
#ifndef VASTAR_BASE_NUM_H
#define VASTAR_BASE_NUM_H

#include <stdbool.h>
#include <stdint.h>

/* "500ms" "10s" "1m" "1m30s" "2h" "1.5s" "250us" "80ns", or plain seconds ("20", "0.5"); "0" is 0. Units
 * go from large to small. Exact to the nanosecond; smaller fractions are cut off. At most 1000 h. */
bool num_duration(const char *text, uint64_t *nsp);

#define NUM_COUNT_MAX ((1ull << 53) - 1) /* a JSON number represents it exactly */

/* "200" "10k" "2M" "1G" (powers of 1000) "1e6" "1.5e3": a whole number, at most NUM_COUNT_MAX. */
bool num_count(const char *text, uint64_t *countp);

/* A rate per second: "1000", "2.5", "10k", "2M", "1e5", optionally followed by "/s" or "/m" (per minute).
 * Above 0. */
bool num_rate(const char *text, double *ratep);

/* A finite decimal number, zero or above ("0.95", ".5", "12"). No exponent. The decimal point does not
 * depend on the locale. */
bool num_real(const char *text, double *valuep);

#endif
