/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Computing when the next request is due: each law of arrivals, a changing rate, and the pacing of -q. */
#include "bench.h"
#include "plan/arrivals.h"
#include "plan/pace.h"

enum { ARRIVALS = 500000 };

struct law {
	enum arrivals_kind kind;
	struct schedule schedule;
};

static void take(void *context, unsigned iterations)
{
	const struct law *law = context;
	struct arrivals arrivals;

	arrivals_init(&arrivals, law->kind, &law->schedule, 1, 0, 0, 1);
	while (iterations--)
		arrivals_take(&arrivals);
	bench_must(arrivals.taken == ARRIVALS, "the schedule has ended");
}

static void measure(const char *name, enum arrivals_kind kind, uint64_t length_ns, double from, double to)
{
	static struct law law;

	law = (struct law){.kind = kind};
	schedule_add(&law.schedule, length_ns, from, to);
	bench_case(name, take, &law, ARRIVALS);
}

static void tick(void *context, unsigned iterations)
{
	const struct pace *pace = context;
	uint64_t due_ns = 0, missed = 0;

	while (iterations--)
		due_ns = pace_next(pace, due_ns, due_ns + 100, &missed);
	bench_keep(&due_ns);
}

int main(void)
{
	struct pace pace = {.kind = PACE_CONNECTION, .gap_ns = 1000};

	measure("pace: constant", ARRIVALS_CONSTANT, SCHEDULE_ENDLESS, 10000, 10000);
	measure("pace: uniform", ARRIVALS_UNIFORM, SCHEDULE_ENDLESS, 10000, 10000);
	measure("pace: poisson", ARRIVALS_POISSON, SCHEDULE_ENDLESS, 10000, 10000);
	/* Long enough for all arrivals: 1000 s with a mean of 5500 per second. */
	measure("pace: poisson on a ramp", ARRIVALS_POISSON, 1000 * NS_PER_S, 1000, 10000);
	bench_case("pace: -q", tick, &pace, ARRIVALS);
	return 0;
}
