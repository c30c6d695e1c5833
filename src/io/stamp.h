/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * When the kernel had the bytes of a receive: a second clock beside our own, for what lies between the two is
 * this program's queue. Linux's SO_TIMESTAMPING (Documentation/networking/timestamping.rst) hands it over
 * beside the bytes, so receives are those of recvmsg(), whose multishot form puts a header in front of them
 * (io_uring_recvmsg_multishot(3)).
 */
#ifndef VASTAR_IO_STAMP_H
#define VASTAR_IO_STAMP_H

#include <liburing.h>
#include <stdbool.h>
#include <stdint.h>

/* What a receive asks for: room for a time stamp, and no address. */
extern struct msghdr stamp_msghdr;

/* The socket option's value, to be set with SOL_SOCKET and SO_TIMESTAMPING. */
extern const int stamp_flags;

/* A completed receive of `*lengthp` bytes at `*bytesp`, which begins with the header: makes them the bytes
 * that were received. `*wait_ns` is how long the kernel had had the last of them by now; 0 when it did not
 * say. False: there is no header. */
bool stamp_open(const char **bytesp, uint32_t *lengthp, uint64_t *wait_ns);

#endif
