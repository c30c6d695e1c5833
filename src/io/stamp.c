/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "io/stamp.h"

#include <linux/errqueue.h>
#include <linux/net_tstamp.h>
#include <string.h>
#include <time.h>

#define NS_PER_SECOND 1000000000

struct msghdr stamp_msghdr = {.msg_controllen = CMSG_SPACE(sizeof(struct scm_timestamping))};

const int stamp_flags = SOF_TIMESTAMPING_RX_SOFTWARE | SOF_TIMESTAMPING_SOFTWARE;

static int64_t to_ns(const struct timespec *at)
{
	return (int64_t)at->tv_sec * NS_PER_SECOND + at->tv_nsec;
}

/* Time stamps use the wall clock. If it was set back in between, the wait is 0. */
static uint64_t wait_since(const struct timespec *stamp)
{
	struct timespec now;
	int64_t wait;

	clock_gettime(CLOCK_REALTIME, &now);
	wait = to_ns(&now) - to_ns(stamp);
	return wait > 0 ? (uint64_t)wait : 0;
}

bool stamp_open(const char **bytesp, uint32_t *lengthp, uint64_t *wait_ns)
{
	struct io_uring_recvmsg_out *out =
	    io_uring_recvmsg_validate((void *)*bytesp, (int)*lengthp, &stamp_msghdr);
	struct cmsghdr *control;
	struct scm_timestamping stamps;

	*wait_ns = 0;
	if (!out)
		return false;
	for (control = io_uring_recvmsg_cmsg_firsthdr(out, &stamp_msghdr); control;
	     control = io_uring_recvmsg_cmsg_nexthdr(out, &stamp_msghdr, control)) {
		if (control->cmsg_level != SOL_SOCKET || control->cmsg_type != SCM_TIMESTAMPING)
			continue;
		memcpy(&stamps, CMSG_DATA(control), sizeof(stamps));
		if (stamps.ts[0].tv_sec)
			*wait_ns = wait_since(&stamps.ts[0]);
	}
	*lengthp = io_uring_recvmsg_payload_length(out, (int)*lengthp, &stamp_msghdr);
	*bytesp = io_uring_recvmsg_payload(out, &stamp_msghdr);
	return true;
}
