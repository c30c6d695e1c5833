/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "stats/interval.h"

#define S 1000000000ull
#define MS 1000000ull

/* All that a run has recorded so far, and the series. */
struct run {
	struct interval_series *series;
	struct hist *latency;
	struct interval_totals totals;
};

static struct run run_new(void)
{
	struct run run = {.series = interval_series_new(), .latency = calloc(1, sizeof(*run.latency))};

	assert_non_null(run.series);
	assert_non_null(run.latency);
	hist_init(run.latency);
	return run;
}

static void run_free(struct run *run)
{
	interval_series_free(run->series);
	free(run->latency);
}

static void end_interval(struct run *run, uint64_t elapsed_ns)
{
	run->totals.elapsed_ns = elapsed_ns;
	memcpy(&run->series->latency, run->latency, sizeof(*run->latency));
	interval_series_add(run->series, &run->totals);
}

static const struct interval *newest(const struct run *run)
{
	return &run->series->recent[(run->series->added - 1) % INTERVALS_RECENT];
}

static void each_row_holds_its_own_second(void **state)
{
	struct run run = run_new();
	const struct interval *row;

	(void)state;
	for (unsigned i = 0; i < 100; i++)
		hist_record(run.latency, 1000);
	run.totals.errors = 3;
	run.totals.open_connections = 10;
	end_interval(&run, S);
	hist_record(run.latency, 2000);
	run.totals.errors = 4;
	run.totals.open_connections = 9;
	end_interval(&run, S + S / 4);
	assert_int_equal(run.series->count, 2);
	row = &run.series->rows[0].interval;
	assert_int_equal(row->responses, 100);
	assert_int_equal(row->errors, 3);
	assert_int_equal(row->p99_ns, 1000);
	assert_int_equal(row->open_connections, 10);
	row = &run.series->rows[1].interval;
	assert_int_equal(row->start_ns, S);
	assert_int_equal(row->length_ns, S / 4);
	assert_int_equal(row->responses, 1);
	assert_int_equal(row->errors, 1);
	assert_int_equal(row->p50_ns, 2000); /* the hundred responses of the previous second do not count */
	assert_int_equal(row->max_ns, 2000);
	assert_int_equal(row->open_connections, 9);
	run_free(&run);
}

static void a_second_without_a_response_has_no_percentiles(void **state)
{
	struct run run = run_new();

	(void)state;
	hist_record(run.latency, 5 * MS);
	end_interval(&run, S);
	end_interval(&run, 2 * S);
	assert_int_equal(run.series->count, 2);
	assert_int_equal(newest(&run)->responses, 0);
	assert_int_equal(newest(&run)->p50_ns, 0);
	assert_int_equal(newest(&run)->max_ns, 0);
	run_free(&run);
}

static void an_end_without_length_belongs_to_the_previous_row(void **state)
{
	struct run run = run_new();

	(void)state;
	hist_record(run.latency, MS);
	end_interval(&run, S);
	end_interval(&run, S); /* nothing at all: no row */
	hist_record(run.latency, 7 * MS);
	end_interval(&run, S - 1);
	assert_int_equal(run.series->count, 1);
	assert_int_equal(run.series->rows[0].interval.responses, 2);
	assert_int_equal(run.series->rows[0].interval.length_ns, S);
	assert_int_equal(run.series->rows[0].interval.max_ns, 7 * MS);
	assert_int_equal(run.series->then.elapsed_ns, S);
	run_free(&run);
}

/* 99 responses of 1 ms in one second, one of 100 ms in the next: the mean of both p99 would be 50 ms. */
static void joined_rows_have_percentiles_of_all_their_responses(void **state)
{
	struct run run = run_new();

	(void)state;
	for (unsigned i = 0; i <= INTERVALS_MAX; i++) {
		if (i % 2 == 0)
			for (unsigned k = 0; k < 99; k++)
				hist_record(run.latency, MS);
		else
			hist_record(run.latency, 100 * MS);
		end_interval(&run, (i + 1) * S);
	}
	assert_int_equal(run.series->count, INTERVALS_MAX / 2 + 1);
	for (unsigned i = 0; i < INTERVALS_MAX / 2; i++) {
		const struct interval *row = &run.series->rows[i].interval;

		assert_int_equal(row->start_ns, 2 * i * S);
		assert_int_equal(row->length_ns, 2 * S);
		assert_int_equal(row->responses, 100);
		assert_in_range(row->p50_ns, MS, MS + MS / 31);
		assert_in_range(row->p99_ns, MS, MS + MS / 31);
		assert_in_range(row->max_ns, 100 * MS, 100 * MS + MS);
	}
	assert_int_equal(run.series->rows[INTERVALS_MAX / 2].interval.responses, 99);
	run_free(&run);
}

static void nothing_is_lost_in_a_long_run(void **state)
{
	enum { SECONDS = 5 * INTERVALS_MAX + 77 };
	struct run run = run_new();
	uint64_t end_ns = 0, responses = 0, errors = 0;
	uint32_t count;
	struct interval *rows;
	struct interval_counts *latencies;

	(void)state;
	for (unsigned i = 0; i < SECONDS; i++) {
		for (unsigned k = 0; k < i % 7; k++)
			hist_record(run.latency, (1 + k) * MS);
		run.totals.errors += i % 3;
		end_interval(&run, (i + 1) * S);
	}
	rows = interval_series_copy(run.series, &count);
	latencies = interval_series_counts(run.series);
	assert_non_null(rows);
	assert_non_null(latencies);
	assert_in_range(count, INTERVALS_MAX / 2, INTERVALS_MAX);
	for (uint32_t i = 0; i < count; i++) {
		assert_int_equal(rows[i].start_ns, end_ns);
		end_ns += rows[i].length_ns;
		responses += rows[i].responses;
		errors += rows[i].errors;
	}
	assert_int_equal(end_ns, SECONDS * S);
	assert_int_equal(responses, run.latency->count);
	assert_int_equal(errors, run.totals.errors);
	assert_int_equal(newest(&run)->length_ns, S); /* the newest one is a second all the same */
	for (uint32_t i = 0; i < count; i++) {
		uint64_t in_row = 0;

		for (uint32_t k = 0; k < INTERVAL_BUCKETS; k++)
			in_row += latencies[i].counts[k];
		assert_int_equal(in_row, rows[i].responses);
	}
	free(latencies);
	free(rows);
	run_free(&run);
}

static void no_interval_no_copy(void **state)
{
	struct run run = run_new();
	uint32_t count;

	(void)state;
	assert_null(interval_series_copy(run.series, &count));
	assert_null(interval_series_counts(run.series));
	assert_int_equal(count, 0);
	run_free(&run);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(each_row_holds_its_own_second),
	    cmocka_unit_test(a_second_without_a_response_has_no_percentiles),
	    cmocka_unit_test(an_end_without_length_belongs_to_the_previous_row),
	    cmocka_unit_test(joined_rows_have_percentiles_of_all_their_responses),
	    cmocka_unit_test(nothing_is_lost_in_a_long_run),
	    cmocka_unit_test(no_interval_no_copy),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
