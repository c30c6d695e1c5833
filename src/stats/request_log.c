/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "stats/request_log.h"

#include <stdlib.h>
#include <sys/mman.h>

struct request_log *request_log_new(uint64_t capacity)
{
	struct request_log *log = malloc(sizeof(*log));
	void *memory;

	if (!log)
		return NULL;
	memory = mmap(NULL, capacity * sizeof(struct request_record), PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (memory == MAP_FAILED) {
		free(log);
		return NULL;
	}
	*log = (struct request_log){.records = memory, .capacity = capacity};
	return log;
}

void request_log_free(struct request_log *log)
{
	if (log)
		munmap(log->records, log->capacity * sizeof(struct request_record));
	free(log);
}
