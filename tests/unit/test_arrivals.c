/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "plan/arrivals.h"

static struct schedule even(double rate)
{
	struct schedule schedule = {0};

	schedule_add(&schedule, SCHEDULE_ENDLESS, rate, rate);
	return schedule;
}

static void constant_arrivals_do_not_drift(void **state)
{
	struct schedule schedule = even(3);
	struct arrivals arrivals;

	(void)state;
	arrivals_init(&arrivals, ARRIVALS_CONSTANT, &schedule, 1, 1000, 0, 1);
	for (uint64_t i = 0; i < 3000000; i++) {
		/* A million seconds at three per second: each at floor(i / 3 s), within two nanoseconds. */
		uint64_t due = 1000 + i / 3 * 1000000000 + i % 3 * 333333333;

		assert_true(arrivals.next_ns + 1 >= due && arrivals.next_ns <= due + 2);
		assert_int_equal(arrivals.taken, i);
		arrivals_take(&arrivals);
	}
}

static void workers_share_one_schedule(void **state)
{
	struct schedule schedule = even(1000);

	(void)state;
	for (int kind = 0; kind < ARRIVALS_KINDS; kind++) {
		struct arrivals whole, parts[3];

		arrivals_init(&whole, (enum arrivals_kind)kind, &schedule, 42, 5, 0, 1);
		for (uint32_t i = 0; i < 3; i++)
			arrivals_init(&parts[i], (enum arrivals_kind)kind, &schedule, 42, 5, i, 3);
		for (unsigned i = 0; i < 3000; i++) {
			assert_int_equal(parts[i % 3].next_ns, whole.next_ns);
			arrivals_take(&parts[i % 3]);
			arrivals_take(&whole);
		}
	}
}

/* Mean and standard deviation of 10^6 gaps, against those of the law. The mean of n gaps with deviation s is
 * off by more than 6 s / sqrt(n) for one seed in 5 x 10^8. */
static void expect_law(enum arrivals_kind kind, double deviation)
{
	enum { COUNT = 1000000 };
	struct schedule schedule = even(1000);
	struct arrivals arrivals;
	double sum = 0, squares = 0;
	uint64_t last;

	arrivals_init(&arrivals, kind, &schedule, 7, 0, 0, 1);
	last = arrivals.next_ns;
	for (unsigned i = 0; i < COUNT; i++) {
		double gap;

		arrivals_take(&arrivals);
		assert_true(arrivals.next_ns >= last);
		gap = (double)(arrivals.next_ns - last);
		last = arrivals.next_ns;
		sum += gap;
		squares += gap * gap;
	}
	assert_true(fabs(sum / COUNT - 1e6) <= 6 * deviation / sqrt(COUNT) + 1);
	assert_true(fabs(sqrt(squares / COUNT - sum / COUNT * sum / COUNT) / deviation - 1) < 0.02);
}

static void random_gaps_follow_their_law(void **state)
{
	(void)state;
	expect_law(ARRIVALS_POISSON, 1e6);
	expect_law(ARRIVALS_UNIFORM, 1e6 / sqrt(3));
}

static void the_seed_decides(void **state)
{
	struct schedule schedule = even(10);
	struct arrivals a, b, c;

	(void)state;
	arrivals_init(&a, ARRIVALS_POISSON, &schedule, 1, 0, 0, 1);
	arrivals_init(&b, ARRIVALS_POISSON, &schedule, 1, 0, 0, 1);
	arrivals_init(&c, ARRIVALS_POISSON, &schedule, 2, 0, 0, 1);
	assert_int_equal(a.next_ns, b.next_ns);
	assert_int_not_equal(a.next_ns, c.next_ns);
}

/* Two readers that divide the rest see together what one would have seen, wherever it is divided. */
static void a_schedule_can_be_divided_in_mid_run(void **state)
{
	struct schedule schedule = even(1000);

	(void)state;
	for (int kind = 0; kind < ARRIVALS_KINDS; kind++) {
		struct arrivals whole, parts[4];
		unsigned count = 1;

		arrivals_init(&whole, (enum arrivals_kind)kind, &schedule, 7, 500, 0, 1);
		arrivals_init(&parts[0], (enum arrivals_kind)kind, &schedule, 7, 500, 0, 1);
		for (unsigned i = 0; i < 1000; i++) {
			struct arrivals *next = &parts[0];

			if (i == 10 || i == 357) {
				for (unsigned k = 0; k < count; k++)
					arrivals_split(&parts[k], &parts[count + k]);
				count *= 2;
			}
			for (unsigned k = 1; k < count; k++)
				if (parts[k].next_ns < next->next_ns)
					next = &parts[k];
			assert_true(next->next_ns == whole.next_ns);
			arrivals_take(next);
			arrivals_take(&whole);
		}
		assert_int_equal(parts[0].stride, 4);
		for (unsigned k = 0; k < count; k++)
			assert_in_range(parts[k].taken, 100, 600);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(constant_arrivals_do_not_drift),
	    cmocka_unit_test(workers_share_one_schedule),
	    cmocka_unit_test(random_gaps_follow_their_law),
	    cmocka_unit_test(the_seed_decides),
	    cmocka_unit_test(a_schedule_can_be_divided_in_mid_run),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
