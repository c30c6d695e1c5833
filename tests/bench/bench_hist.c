/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The histogram: the cost of recording a latency, with similar and with widely spread latencies, of merging,
 * and of a percentile. */
#include "bench.h"
#include "stats/hist.h"

enum { RECORDS = 1000000, MERGES = 500, PERCENTILES = 500, SPREAD = 4096 };

static uint32_t latencies[SPREAD]; /* of the next case */

/* A linear congruential generator (Knuth, "The Art of Computer Programming", vol. 2, section 3.3.4). */
static uint64_t random_next(uint64_t *state)
{
	*state = *state * 6364136223846793005u + 1442695040888963407u;
	return *state >> 33;
}

/* From `least` ns, over `octaves` octaves. */
static void spread(uint32_t least, unsigned octaves)
{
	uint64_t state = 1;

	for (unsigned i = 0; i < SPREAD; i++) {
		uint32_t base = least << (octaves ? random_next(&state) % octaves : 0);

		latencies[i] = base + (uint32_t)(random_next(&state) % base);
	}
}

static void record(void *context, unsigned iterations)
{
	struct hist *hist = context;

	for (unsigned i = 0; i < iterations; i++)
		hist_record(hist, latencies[i % SPREAD]);
	bench_keep(hist);
}

struct pair {
	struct hist *into, *from;
};

static void merge(void *context, unsigned iterations)
{
	struct pair *pair = context;

	while (iterations--)
		hist_merge(pair->into, pair->from);
	bench_keep(pair->into);
}

static void percentile(void *context, unsigned iterations)
{
	while (iterations--) {
		uint64_t ns = hist_percentile(context, 99);

		bench_keep(&ns);
	}
}

static struct hist *new_hist(void)
{
	struct hist *hist = calloc(1, sizeof(*hist));

	bench_must(hist != NULL, "out of memory");
	hist_init(hist);
	return hist;
}

int main(void)
{
	struct pair pair = {new_hist(), new_hist()};

	spread(50000, 1);
	bench_case("hist: record, 50 to 100 us", record, pair.from, RECORDS);
	spread(5000, 16);
	bench_case("hist: record, 5 us to 300 ms", record, pair.from, RECORDS);
	bench_case("hist: merge", merge, &pair, MERGES);
	bench_case("hist: p99", percentile, pair.from, PERCENTILES);
	free(pair.into);
	free(pair.from);
	return 0;
}
