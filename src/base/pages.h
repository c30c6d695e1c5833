/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#ifndef VASTAR_BASE_PAGES_H
#define VASTAR_BASE_PAGES_H

#include <stddef.h>

/* Allocates zeroed memory whose untouched pages cost nothing. It suits histograms, because a run touches
 * only a few buckets. Returns NULL when there is no memory. Free it with pages_free() and the same size;
 * pages_free() accepts NULL. */
void *pages_new(size_t size);
void pages_free(void *pages, size_t size);

#endif
