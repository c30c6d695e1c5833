/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * The cost of counting one response, without the clock: histograms, phases, status, sums. To count its
 * instructions:
 *
 *   BENCH_ROUNDS=1 valgrind --tool=callgrind --toggle-collect=respond build/tests/bench/bench_shard
 *
 * and divide "Collected" by RESPONSES.
 */
#include "bench.h"
#include "stats/shard.h"

enum { RESPONSES = 1000000 };

__attribute__((noinline)) static void respond(void *context, unsigned iterations)
{
	struct shard *shard = context;
	struct exchange_times times = {.due_ns = 1000, .sent_ns = 1000};

	for (unsigned i = 0; i < iterations; i++) {
		times.written_ns = times.sent_ns + 3000 + i % 512;
		times.first_ns = times.written_ns + 50000 + i % 4096;
		times.last_ns = times.first_ns + 700 + i % 64;
		shard_response(shard, &times, times.sent_ns, 200, 1024, false);
	}
	bench_keep(shard);
}

int main(void)
{
	struct shard *shard = shard_new();

	bench_must(shard != NULL, "out of memory");
	bench_case("shard: response", respond, shard, RESPONSES);
	shard_free(shard);
	return 0;
}
