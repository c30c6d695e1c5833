/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Definitions that newer kernels have and older liburing headers lack (Debian 12 has liburing 2.3), all in
 * this file. Flags are macros, so #ifndef can test for them. Opcodes and commands are enumerators, so their
 * numbers are written out.
 */
#ifndef VASTAR_IO_UAPI_H
#define VASTAR_IO_UAPI_H

#include <liburing.h>
#include <string.h>

#ifndef IORING_FEAT_MIN_TIMEOUT
#define IORING_FEAT_MIN_TIMEOUT (1U << 15) /* Linux 6.12 */
#endif

/* struct io_uring_getevents_arg: the word after sigmask_sz became min_wait_usec in Linux 6.12. liburing's
 * headers use that name from 2.8 on; before that they call it pad. Its offset never changed. */
#define URING_MIN_WAIT_USEC(arg) (*(__u32 *)((char *)(arg) + 12))

enum { URING_CMD_SETSOCKOPT = 3 }; /* SOCKET_URING_OP_SETSOCKOPT, Linux 6.7 */

/* setsockopt() on a direct descriptor. `value` must live until the completion. */
static inline void uring_prep_setsockopt(struct io_uring_sqe *sqe, int slot, unsigned level, unsigned name,
					 const void *value, unsigned length)
{
	memset(sqe, 0, sizeof(*sqe));
	sqe->opcode = IORING_OP_URING_CMD;
	sqe->flags = IOSQE_FIXED_FILE;
	sqe->fd = slot;
	sqe->cmd_op = URING_CMD_SETSOCKOPT;
	sqe->addr = (__u64)name << 32 | level; /* struct { __u32 level; __u32 optname; } */
	sqe->file_index = length;	       /* optlen */
	sqe->addr3 = (uintptr_t)value;	       /* optval */
}

/* Copies the socket in `slot` of this ring's file table into slot `there` of another ring's table, and
 * puts a completion with `user_data` into the other ring's queue: IORING_MSG_SEND_FD, Linux 6.0. liburing
 * has a helper from 2.4 on. */
static inline void uring_prep_msg_fd(struct io_uring_sqe *sqe, int ring, int slot, unsigned there,
				     uint64_t user_data)
{
	memset(sqe, 0, sizeof(*sqe));
	sqe->opcode = IORING_OP_MSG_RING;
	sqe->fd = ring;
	sqe->off = user_data;
	sqe->addr = IORING_MSG_SEND_FD;
	sqe->addr3 = (uint64_t)slot;
	sqe->file_index = there + 1;
}

#endif
