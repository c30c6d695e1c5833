/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* A ring of provided buffers. The kernel picks one for each receive; the owner returns it after reading
 * the bytes. */
#ifndef VASTAR_IO_BUFRING_H
#define VASTAR_IO_BUFRING_H

#include "io/ring.h"

struct bufring {
	struct io_uring_buf_ring *ring;
	char *memory;
	uint32_t buffer_size;
	uint32_t count;	   /* a power of two */
	uint32_t returned; /* returned since the last bufring_commit() */
	uint16_t group;
};

int bufring_open(struct bufring *bufring, struct ring *ring, uint16_t group, uint32_t count,
		 uint32_t buffer_size, struct vastar_error *err);
void bufring_close(struct bufring *bufring, struct ring *ring);

static inline char *bufring_at(const struct bufring *bufring, uint32_t id)
{
	return bufring->memory + (size_t)id * bufring->buffer_size;
}

/* Returns a buffer to the ring. The kernel sees it after bufring_commit(). */
static inline void bufring_return(struct bufring *bufring, uint32_t id)
{
	io_uring_buf_ring_add(bufring->ring, bufring_at(bufring, id), bufring->buffer_size,
			      (unsigned short)id, io_uring_buf_ring_mask(bufring->count),
			      (int)bufring->returned++);
}

static inline void bufring_commit(struct bufring *bufring)
{
	if (bufring->returned) {
		io_uring_buf_ring_advance(bufring->ring, (int)bufring->returned);
		bufring->returned = 0;
	}
}

#endif
