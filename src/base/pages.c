/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "base/pages.h"

#include <sys/mman.h>

void *pages_new(size_t size)
{
	void *pages =
	    mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (pages == MAP_FAILED)
		return NULL;
	/* A touched bucket must cost a page of 4 KiB, not one of 2 MiB. The call fails, harmlessly, on a
	 * kernel without huge pages. */
	(void)madvise(pages, size, MADV_NOHUGEPAGE);
	return pages;
}

void pages_free(void *pages, size_t size)
{
	if (pages)
		munmap(pages, size);
}
