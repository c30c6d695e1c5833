/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Preloaded into the program: makes allocation number FAIL_ALLOC fail, counted over all threads from 1. With
 * FAIL_ALLOC_ON all later ones fail too. A failure creates the file FAIL_ALLOC_MARK: if it is missing, the
 * test has seen all allocations. Allocations are malloc() and its relatives, and anonymous mappings.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define EXPORTED __attribute__((visibility("default")))

static atomic_ulong count;
static unsigned long fail_at;
static bool on;

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *old, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);

__attribute__((constructor)) static void begin(void)
{
	const char *at = getenv("FAIL_ALLOC");

	on = getenv("FAIL_ALLOC_ON");
	atomic_store(&count, 0);
	fail_at = at ? strtoul(at, NULL, 10) : 0;
}

static bool fails(void)
{
	unsigned long number = atomic_fetch_add(&count, 1) + 1;

	if (!fail_at || number < fail_at || (number > fail_at && !on))
		return false;
	if (number == fail_at) {
		const char *mark = getenv("FAIL_ALLOC_MARK");
		int fd = mark ? open(mark, O_WRONLY | O_CREAT | O_CLOEXEC, 0600) : -1;

		if (fd >= 0)
			close(fd);
	}
	errno = ENOMEM;
	return true;
}

EXPORTED void *malloc(size_t size)
{
	return fails() ? NULL : __libc_malloc(size);
}

EXPORTED void *calloc(size_t number, size_t size)
{
	return fails() ? NULL : __libc_calloc(number, size);
}

EXPORTED void *realloc(void *old, size_t size)
{
	return fails() ? NULL : __libc_realloc(old, size);
}

EXPORTED void *aligned_alloc(size_t alignment, size_t size)
{
	return fails() ? NULL : __libc_memalign(alignment, size);
}

EXPORTED void *mmap(void *at, size_t length, int protection, int flags, int fd, off_t offset)
{
	if (flags & MAP_ANONYMOUS && fails())
		return MAP_FAILED;
	return (void *)syscall(SYS_mmap, at, length, protection, flags, fd, offset);
}
