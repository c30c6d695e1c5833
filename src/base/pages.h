/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#ifndef VASTAR_BASE_PAGES_H
#define VASTAR_BASE_PAGES_H

#include <stddef.h>

/* Zeroed memory of which untouched pages cost nothing: for histograms, of which a run uses a few buckets.
 * NULL when there is none. Freed with pages_free() and the same size; NULL is allowed there. */
void *pages_new(size_t size);
void pages_free(void *pages, size_t size);

#endif
