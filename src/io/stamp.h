/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * When the kernel received the bytes: a second clock beside our own. The time between the two is the queue in
 * this program. Linux's SO_TIMESTAMPING (Documentation/networking/timestamping.rst) delivers the time stamp
 * beside the bytes. So these receives use recvmsg(), whose multishot form puts a header in front of the bytes
 * (io_uring_recvmsg_multishot(3)).
 */
#ifndef VASTAR_IO_STAMP_H
#define VASTAR_IO_STAMP_H

#include <liburing.h>
#include <stdbool.h>
#include <stdint.h>

/* The header of a receive: room for a time stamp, but no address. */
extern struct msghdr stamp_msghdr;

/* The value of the socket option, to be set with SOL_SOCKET and SO_TIMESTAMPING. */
extern const int stamp_flags;

/* Takes a completed receive of `*lengthp` bytes at `*bytesp`, which begins with the header, and sets both
 * to the received bytes behind it. `*wait_ns` is how long the kernel has held the last of them; 0 when the
 * kernel did not say. Returns false when there is no header. */
bool stamp_open(const char **bytesp, uint32_t *lengthp, uint64_t *wait_ns);

#endif
