/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "report/merged.h"

#include <stdlib.h>

const char *const overlap_names[] = {[OVERLAP_ALL] = "all", [OVERLAP_SOME] = "some", [OVERLAP_NONE] = "none"};

void merged_free(struct merged *merged)
{
	for (unsigned i = 0; i < merged->count; i++)
		free(merged->runs[i].url);
	free(merged->runs);
	free(merged->hosts);
	*merged = (struct merged){0};
}
