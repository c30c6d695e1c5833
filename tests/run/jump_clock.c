/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Preloaded into the program: the wall clock jumps by a day at each reading, forward and back in turn. */
#include <stdatomic.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define EXPORTED __attribute__((visibility("default")))

static atomic_uint looks;

static long jump(void)
{
	return atomic_fetch_add(&looks, 1) % 2 ? 86400 : -86400;
}

EXPORTED int clock_gettime(clockid_t clock, struct timespec *now)
{
	int rc = (int)syscall(SYS_clock_gettime, clock, now);

	if (!rc && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE))
		now->tv_sec += jump();
	return rc;
}

EXPORTED time_t time(time_t *nowp)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	if (nowp)
		*nowp = now.tv_sec;
	return now.tv_sec;
}
