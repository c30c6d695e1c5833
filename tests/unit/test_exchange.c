/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "engine/exchange.h"

static struct vastar_plan closed = {.pace = {PACE_CLOSED, 0}};
static struct vastar_plan open_loop = {.pace = {PACE_OPEN, 0}};

static void make_tally(struct tally *tally, const struct vastar_plan *plan, bool logged)
{
	static struct budget budget;
	struct shard *shard = shard_new(), *warm = shard_new();

	budget = (struct budget){.left = 100, .workers = 1};
	assert_non_null(shard);
	assert_non_null(warm);
	if (logged)
		shard->requests = request_log_new(100);
	assert_true(tally_init(tally, plan, shard, warm, &budget, 4));
}

static void release(struct tally *tally)
{
	shard_free(tally->shard);
	shard_free(tally->warm_shard);
	tally_deinit(tally);
}

static const struct exchange_place here = {.conn = 2, .ordinal = EXCHANGE_LATEST};

static struct exchange sent_at(struct tally *tally, uint64_t due_ns, uint64_t now_ns)
{
	struct exchange x = {.due_ns = due_ns};

	exchange_sent(tally, &x, now_ns, 0);
	exchange_queued(tally, here.conn);
	return x;
}

/* Two events in one receive, one more in the same pass, one later. */
static void events_at_one_time_came_together(void **state)
{
	struct tally tally;
	struct exchange x;
	struct event_stats *events;

	(void)state;
	make_tally(&tally, &closed, false);
	assert_true(shard_add_events(tally.shard));
	events = tally.shard->events;
	x = sent_at(&tally, 0, 100);
	tally_events(&tally, &x, 2, 0, 150);
	assert_int_equal(events->together, 1);
	tally_events(&tally, &x, 1, 150, 150);
	assert_int_equal(events->together, 2);
	tally_events(&tally, &x, 1, 150, 190);
	assert_int_equal(events->together, 2);
	assert_int_equal(events->events, 4);
	assert_int_equal(events->first.min_ns, 50);
	assert_int_equal(events->gap.count, 3);
	assert_int_equal(events->gap.max_ns, 40);
	exchange_aborted(&tally, &x, here, 200);
	release(&tally);
}

static void each_end_is_counted_once(void **state)
{
	struct tally tally;
	struct exchange a, b, c;

	(void)state;
	make_tally(&tally, &closed, false);
	a = sent_at(&tally, 0, 100);
	b = sent_at(&tally, 0, 200);
	c = sent_at(&tally, 0, 300);
	assert_int_equal(tally.in_flight, 3);
	assert_int_equal(tally.sends, 3);
	a.written_ns = 110;
	a.first_ns = 150;
	exchange_completed(&tally, &a, here, (struct exchange_response){204, 7}, 160, false);
	exchange_failed(&tally, &b, here, 500, ERROR_RESET, 1, "gone");
	exchange_aborted(&tally, &c, here, 700);
	assert_int_equal(tally.in_flight, 0);
	assert_int_equal(tally.last_end_ns, 700);
	assert_int_equal(tally.shard->responses, 1);
	assert_int_equal(tally.shard->good, 1);
	assert_int_equal(tally.shard->bytes, 7);
	assert_int_equal(tally.shard->status[204], 1);
	assert_int_equal(tally.shard->errors[ERROR_RESET], 1);
	assert_int_equal(shard_errors(tally.shard), 1);
	assert_int_equal(tally.shard->drain_aborted, 1);
	assert_int_equal(tally.shard->latency.count, 1);
	assert_int_equal(tally.shard->latency.max_ns, 60);
	assert_int_equal(tally.shard->aborted_age.max_ns, 400);
	assert_int_equal(tally.shard->phases[PHASE_REQ_WRITE].sum_ns, 10);
	assert_int_equal(tally.shard->phases[PHASE_RESP_WAIT].sum_ns, 40);
	assert_int_equal(tally.shard->phases[PHASE_RESP_READ].sum_ns, 10);
	release(&tally);
}

/* The completion of a send can arrive after the response, or never. */
static void phases_leave_no_gap_even_without_a_send_completion(void **state)
{
	struct tally tally;

	(void)state;
	make_tally(&tally, &closed, false);
	for (uint64_t written_ns = 0; written_ns <= 200; written_ns += 200) {
		struct exchange x = sent_at(&tally, 0, 100);

		x.written_ns = written_ns;
		x.first_ns = 150;
		exchange_completed(&tally, &x, here, (struct exchange_response){200, 0}, 160, false);
	}
	assert_int_equal(tally.shard->phases[PHASE_REQ_WRITE].sum_ns, 2 * 50);
	assert_int_equal(tally.shard->phases[PHASE_RESP_WAIT].sum_ns, 0);
	release(&tally);
}

static void an_open_loop_counts_from_the_schedule(void **state)
{
	struct tally tally;
	struct exchange x;

	(void)state;
	make_tally(&tally, &open_loop, false);
	x = sent_at(&tally, 1000, 1500);
	x.first_ns = 1600;
	exchange_completed(&tally, &x, here, (struct exchange_response){200, 0}, 1700, false);
	assert_int_equal(tally.shard->latency.max_ns, 700);
	assert_int_equal(tally.shard->service.max_ns, 200);
	assert_int_equal(tally.shard->send_lateness.max_ns, 500);
	release(&tally);
}

/* Lateness is vastar's own. Waiting for a connection is the server's fault. */
static void waiting_for_a_connection_is_not_lateness(void **state)
{
	struct tally tally;
	struct exchange x = {.due_ns = 1000};

	(void)state;
	make_tally(&tally, &open_loop, false);
	exchange_sent(&tally, &x, 1500, 1480);
	assert_int_equal(tally.shard->send_lateness.max_ns, 20);
	exchange_aborted(&tally, &x, here, 2000);
	release(&tally);
}

static void requests_of_the_warm_up_count_there(void **state)
{
	struct tally tally;
	struct exchange before, after;

	(void)state;
	make_tally(&tally, &closed, false);
	tally.measured_ns = 1000;
	before = sent_at(&tally, 0, 999);
	after = sent_at(&tally, 0, 1000);
	before.first_ns = after.first_ns = 1500;
	exchange_completed(&tally, &before, here, (struct exchange_response){200, 0}, 1600, false);
	exchange_completed(&tally, &after, here, (struct exchange_response){200, 0}, 1600, false);
	assert_int_equal(tally.warm_shard->responses, 1);
	assert_int_equal(tally.shard->responses, 1);
	assert_int_equal(tally.shard->latency.max_ns, 600);
	release(&tally);
}

static void late_responses_are_marked(void **state)
{
	struct tally tally;
	struct exchange x;

	(void)state;
	make_tally(&tally, &closed, false);
	x = sent_at(&tally, 0, 100);
	x.first_ns = 150;
	exchange_completed(&tally, &x, here, (struct exchange_response){500, 9}, 160, true);
	assert_int_equal(tally.shard->responses_late, 1);
	assert_int_equal(tally.shard->good_late, 0);
	assert_int_equal(tally.shard->bytes_late, 9);
	release(&tally);
}

static void log_rows_have_the_outcome(void **state)
{
	struct tally tally;
	struct exchange a, b;
	const struct request_record *rows;

	(void)state;
	make_tally(&tally, &closed, true);
	rows = tally.shard->requests->records;
	a = sent_at(&tally, 0, 100);
	b = sent_at(&tally, 0, 200);
	a.first_ns = 150;
	exchange_completed(&tally, &a, (struct exchange_place){2, 1, false, 0},
			   (struct exchange_response){200, 0}, 160, false);
	exchange_failed(&tally, &b, (struct exchange_place){2, EXCHANGE_LATEST, true, 0}, 300, ERROR_TIMEOUT,
			0, "late");
	tally_unreachable(&tally, (struct exchange_place){.conn = 3}, 400, 50, ERROR_CONNECT, 111, "refused");
	assert_int_equal(tally.shard->requests->count, 3);
	assert_int_equal(rows[0].status, 200);
	assert_int_equal(rows[0].ordinal, 1);
	assert_int_equal(rows[0].last_ns, 160);
	assert_int_equal(rows[0].failure, RECORD_COMPLETED);
	assert_int_equal(rows[1].failure, 1 + ERROR_TIMEOUT);
	assert_int_equal(rows[1].ordinal, 2); /* the second one queued on the connection */
	assert_int_equal(rows[1].last_ns, 0);
	assert_true(rows[1].retried);
	assert_int_equal(rows[2].failure, 1 + ERROR_CONNECT);
	assert_int_equal(rows[2].sent_ns, 0);
	assert_int_equal(tally.shard->errors[ERROR_CONNECT], 1);
	release(&tally);
}

/* -q: the connection's next tick, and the ticks that passed while it was busy. */
static void a_paced_connection_goes_from_tick_to_tick(void **state)
{
	struct vastar_plan paced = {.pace = {PACE_CONNECTION, 1000}};
	struct tally tally;
	struct exchange x;

	(void)state;
	make_tally(&tally, &paced, false);
	x = sent_at(&tally, 5000, 5001);
	x.first_ns = 5500;
	exchange_completed(&tally, &x, here, (struct exchange_response){200, 0}, 7500, false);
	assert_int_equal(x.due_ns, 8000);
	assert_int_equal(tally.shard->oddities[ODD_MISSED_TICK], 2);
	release(&tally);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(each_end_is_counted_once),
	    cmocka_unit_test(events_at_one_time_came_together),
	    cmocka_unit_test(phases_leave_no_gap_even_without_a_send_completion),
	    cmocka_unit_test(an_open_loop_counts_from_the_schedule),
	    cmocka_unit_test(waiting_for_a_connection_is_not_lateness),
	    cmocka_unit_test(requests_of_the_warm_up_count_there),
	    cmocka_unit_test(late_responses_are_marked),
	    cmocka_unit_test(log_rows_have_the_outcome),
	    cmocka_unit_test(a_paced_connection_goes_from_tick_to_tick),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
