/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "io/bufring.h"

#include <string.h>
#include <sys/mman.h>

/* The descriptors and the buffers behind them are in one mapping, so one unmap releases everything. */
static size_t ring_bytes(const struct bufring *bufring)
{
	return (bufring->count * sizeof(struct io_uring_buf) + 4095) & ~(size_t)4095;
}

static size_t all_bytes(const struct bufring *bufring)
{
	return ring_bytes(bufring) + (size_t)bufring->count * bufring->buffer_size;
}

int bufring_open(struct bufring *bufring, struct ring *ring, uint16_t group, uint32_t count,
		 uint32_t buffer_size, struct vastar_error *err)
{
	void *memory;
	int rc;

	*bufring = (struct bufring){.count = count, .buffer_size = buffer_size, .group = group};
	memory = mmap(NULL, all_bytes(bufring), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (memory == MAP_FAILED)
		return err_nomem(err, "receive buffers");
	bufring->ring = memory;
	bufring->memory = (char *)memory + ring_bytes(bufring);

	struct io_uring_buf_reg reg = {.ring_addr = (uintptr_t)memory, .ring_entries = count, .bgid = group};

	rc = io_uring_register_buf_ring(&ring->uring, &reg, 0);
	if (rc) {
		munmap(memory, all_bytes(bufring));
		bufring->ring = NULL; /* bufring_close() and lazy openers test this */
		return err_set(err, VASTAR_E_SYSTEM,
			       "receive buffers: the kernel rejects them: %s (vastar needs Linux 6.1 "
			       "or later, and "
			       "locked memory: ulimit -l)",
			       strerror(-rc));
	}
	io_uring_buf_ring_init(bufring->ring);
	for (uint32_t i = 0; i < count; i++)
		bufring_return(bufring, i);
	bufring_commit(bufring);
	return 0;
}

void bufring_close(struct bufring *bufring, struct ring *ring)
{
	if (!bufring->ring)
		return;
	io_uring_unregister_buf_ring(&ring->uring, bufring->group);
	munmap(bufring->ring, all_bytes(bufring));
	bufring->ring = NULL;
}
