/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "engine/budget.h"

static void one_worker_gets_the_whole_budget(void **state)
{
	struct budget budget = {.left = 1000, .workers = 1};
	uint64_t share = 0, taken = 0;

	(void)state;
	assert_true(budget_any(&budget, share));
	while (budget_take(&budget, &share))
		taken++;
	assert_int_equal(taken, 1000);
	assert_int_equal(share, 0);
	assert_false(budget_any(&budget, share));
	assert_false(budget_take(&budget, &share));
}

static void shares_shrink_to_single_requests(void **state)
{
	struct budget budget = {.left = 1000000, .workers = 2};
	uint64_t share = 0;

	(void)state;
	assert_true(budget_take(&budget, &share));
	assert_int_equal(share, BUDGET_SHARE_MAX - 1);
	budget.left = 100; /* a sixteenth */
	share = 0;
	assert_true(budget_take(&budget, &share));
	assert_int_equal(share, 5);
	budget.left = 3;
	share = 0;
	assert_true(budget_take(&budget, &share));
	assert_int_equal(share, 0);
	assert_int_equal(budget.left, 2);
}

static void a_claim_takes_no_more_than_remains(void **state)
{
	struct budget budget = {.left = 10, .workers = 1};

	(void)state;
	assert_int_equal(budget_claim(&budget, 4), 4);
	assert_int_equal(budget_claim(&budget, UINT64_MAX), 6);
	assert_int_equal(budget_claim(&budget, 1), 0);
}

static void returned_requests_can_be_claimed_by_another(void **state)
{
	struct budget budget = {.left = 2000, .workers = 1};
	uint64_t one = 0, other = 0, taken = 1;

	(void)state;
	assert_true(budget_take(&budget, &one));
	assert_true(one > 0);
	budget_return(&budget, &one);
	assert_int_equal(one, 0);
	while (budget_take(&budget, &other))
		taken++;
	assert_int_equal(taken, 2000);
}

struct taker {
	struct budget *budget;
	uint64_t taken;
};

static void *take_all(void *argument)
{
	struct taker *taker = argument;
	uint64_t share = 0;

	while (budget_take(taker->budget, &share))
		if (++taker->taken % 1000 == 0) /* like a worker that ends early */
			budget_return(taker->budget, &share);
	return NULL;
}

static void many_workers_together_get_the_whole_budget(void **state)
{
	enum { WORKERS = 8, REQUESTS = 1000003 };
	struct budget budget = {.left = REQUESTS, .workers = WORKERS};
	struct taker takers[WORKERS] = {0};
	pthread_t threads[WORKERS];
	uint64_t taken = 0;

	(void)state;
	for (unsigned i = 0; i < WORKERS; i++) {
		takers[i].budget = &budget;
		assert_int_equal(pthread_create(&threads[i], NULL, take_all, &takers[i]), 0);
	}
	for (unsigned i = 0; i < WORKERS; i++) {
		pthread_join(threads[i], NULL);
		taken += takers[i].taken;
	}
	assert_int_equal(taken, REQUESTS);
	assert_int_equal(budget.left, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(one_worker_gets_the_whole_budget),
	    cmocka_unit_test(shares_shrink_to_single_requests),
	    cmocka_unit_test(a_claim_takes_no_more_than_remains),
	    cmocka_unit_test(returned_requests_can_be_claimed_by_another),
	    cmocka_unit_test(many_workers_together_get_the_whole_budget),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
