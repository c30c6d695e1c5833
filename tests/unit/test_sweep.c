/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Levels, gates, summaries and the pick: pure functions. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "sweep/estimate.h"
#include "sweep/levels.h"
#include "sweep/pick.h"
#include "sweep/rules.h"

/* ---- levels ---- */

static void expect_levels(const char *spec, unsigned count, const uint32_t *c)
{
	struct levels levels;
	struct vastar_error err = {.text = ""};

	if (levels_parse(&levels, spec, 200000, &err))
		fail_msg("%s: %s", spec, err.text);
	assert_int_equal(levels.count, count);
	for (unsigned i = 0; i < count; i++)
		assert_int_equal(levels.c[i], c[i]);
}

static void levels_are_lists_and_ranges(void **state)
{
	(void)state;
	expect_levels("10,50,100,500", 4, (uint32_t[]){10, 50, 100, 500});
	expect_levels("7", 1, (uint32_t[]){7});
	expect_levels("1k,2k", 2, (uint32_t[]){1000, 2000});
	expect_levels("10..1000:log=3", 3, (uint32_t[]){10, 100, 1000});
	expect_levels("10..1000:log=6", 6, (uint32_t[]){10, 25, 63, 158, 398, 1000});
	expect_levels("1..4:log=9", 4, (uint32_t[]){1, 2, 3, 4});
	expect_levels("10..200:step=90", 3, (uint32_t[]){10, 100, 190});
	expect_levels("1..2:step=200000", 1, (uint32_t[]){1});
	expect_levels("auto", 0, NULL);
}

static void invalid_levels_have_a_message(void **state)
{
	static const struct {
		const char *spec, *part;
	} cases[] = {
	    {"", "'' is not a number"},
	    {"0", "0 is not from 1 to 1000"},
	    {"1001", "1001 is not from 1 to 1000"},
	    {"-5", "'-5' is not a number"},
	    {"10,", "'' is not a number"},
	    {"10,ten", "'ten' is not a number"},
	    {"10,10", "10 does not rise above 10"},
	    {"50,10", "10 does not rise above 50"},
	    {"10..100", "has no spacing"},
	    {"10..100:log=1", "':log=1'"},
	    {"10..100:log=101", "':log=101'"},
	    {"10..100:step=0", "':step=0'"},
	    {"10..100:steps=5", "':steps=5'"},
	    {"100..10:step=5", "100..10 does not rise"},
	    {"..10:step=5", "'' is not a number"},
	    {"1..1000:step=1", "more than 100 levels"},
	    {"99999999999999999999", "is not a number"},
	    {"AUTO", "'AUTO' is not a number"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct levels levels = {.count = 77};
		struct vastar_error err;

		assert_int_equal(levels_parse(&levels, cases[i].spec, 1000, &err), -VASTAR_E_USAGE);
		assert_int_equal(levels.count, 77);
		if (!strstr(err.text, cases[i].part) || strncmp(err.text, "--conc: ", 8))
			fail_msg("%s: %s", cases[i].spec, err.text);
	}
}

static void finer_levels_lie_halfway_on_both_sides(void **state)
{
	struct levels known = {.count = 2, .c = {16, 32}}, finer;

	(void)state;
	levels_refine(&finer, 16, 6, 1000, &known);
	for (unsigned i = 0; i < finer.count; i++) {
		assert_in_range(finer.c[i], 8, 24);
		assert_int_not_equal(finer.c[i], 16);
	}
	assert_int_equal(finer.c[0], 8);
	assert_int_equal(finer.c[finer.count - 1], 24);
	levels_refine(&finer, 16, 6, 12, &known);
	assert_true(finer.c[finer.count - 1] <= 12);
	levels_refine(&finer, 1, 6, 1000, &(struct levels){.count = 1, .c = {1}});
	assert_int_equal(finer.count, 1); /* 2 */
}

/* ---- gates ---- */

static const struct gates gates = {.max_errors = 0.01,
				   .max_spread = 4,
				   .max_p999_ratio = 8,
				   .max_overhead_pct = 25,
				   .max_rps_deficit_pct = 50,
				   .max_tail_mult = 3};

static struct point point_of(uint32_t c, double rps, double p99_ms)
{
	struct point point = {.concurrency = c};

	point.target.count = 1;
	point.target.median = (struct figures){.rps = rps,
					       .p50_s = p99_ms / 2e3,
					       .p95_s = p99_ms / 1e3,
					       .p99_s = p99_ms / 1e3,
					       .p999_s = p99_ms / 1e3};
	return point;
}

static void each_gate_is_named_with_its_value(void **state)
{
	struct side baseline = {.count = 1, .median = {.p99_s = 0.010}};
	struct point good = point_of(10, 1000, 20), point;

	(void)state;
	good.reference.median = (struct figures){.rps = 1500, .p99_s = 0.018};
	point_judge(&good, &gates, &baseline, true);
	assert_string_equal(good.disqualified, "");
	assert_true(fabs(good.overhead_pct - 11.11) < 0.01);
	assert_true(fabs(good.rps_deficit_pct - 33.33) < 0.01);
	assert_true(fabs(good.score - 250) < 1e-9);

	point = good;
	point.target.median.rps = 0;
	point_judge(&point, &gates, &baseline, true);
	assert_string_equal(point.disqualified, "zero rps: no response");
	point = good;
	point.target.median.error_rate = 0.011;
	point.target.median.p99_s = 1; /* a later gate, not evaluated */
	point_judge(&point, &gates, &baseline, true);
	assert_string_equal(point.disqualified, "error rate 0.011 above 0.01");
	point = good;
	point.target.median.p50_s = 0.004;
	point_judge(&point, &gates, &baseline, true);
	assert_string_equal(point.disqualified, "spread p99/p50 5 above 4");
	point = good;
	point.target.median.p999_s = 0.1;
	point_judge(&point, &gates, &baseline, true);
	assert_string_equal(point.disqualified, "p99.9/p50 10 above 8");
	point = good;
	point.reference.median.p99_s = 0.010;
	point_judge(&point, &gates, &baseline, true);
	assert_string_equal(point.disqualified, "overhead % 100 above 25");
	point_judge(&point, &gates, &baseline, false); /* not paired: this gate does not apply */
	assert_string_equal(point.disqualified, "");
	point = good;
	point.reference.median.rps = 2500;
	point_judge(&point, &gates, &baseline, true);
	assert_string_equal(point.disqualified, "rps deficit % 60 above 50");
	point = good;
	baseline.median.p99_s = 0.005;
	point_judge(&point, &gates, &baseline, true);
	assert_string_equal(point.disqualified, "tail multiple p99/baseline 4 above 3");
}

static void an_unmeasured_level_has_not_passed(void **state)
{
	struct side baseline = {.count = 1, .median = {.p99_s = 0.010}};
	struct point point = {.concurrency = 10};
	struct sample dead = {.seconds = 1.25, .why = ""}, refused = {.why = "connection refused"};

	(void)state;
	point_judge(&point, &gates, &baseline, false);
	assert_string_equal(point.disqualified, "not measured");
	assert_false(point.unjudged);
	assert_true(side_add(&point.target, &dead));
	point_judge(&point, &gates, &baseline, false);
	assert_string_equal(point.disqualified, "zero rps: no response in 1.25 s");
	assert_true(side_add(&point.target, &refused));
	point_judge(&point, &gates, &baseline, false);
	assert_string_equal(point.disqualified, "zero rps: connection refused");
	side_free(&point.target);
}

static void without_a_reference_a_paired_level_has_not_passed(void **state)
{
	struct side baseline = {.count = 1, .median = {.p99_s = 0.010}};
	struct point point = point_of(10, 1000, 20);

	(void)state;
	point_judge(&point, &gates, &baseline, true);
	assert_string_equal(point.disqualified, "no reference: not measured");
	point.reference.count = 1;
	point_judge(&point, &gates, &baseline, true);
	assert_string_equal(point.disqualified, "no reference: no response");
	/* A level that exists only for the baseline is not compared. */
	point.baseline_only = true;
	point_judge(&point, &gates, &baseline, true);
	assert_string_equal(point.disqualified, "");
}

static void overhead_of_few_responses_is_not_judged(void **state)
{
	struct side baseline = {.count = 1, .median = {.p99_s = 0.010}};
	struct point point = point_of(10, 1000, 20);

	(void)state;
	point.reference.median = (struct figures){.rps = 1000, .p99_s = 0.001};
	point.reference.weak_p99 = true;
	point_judge(&point, &gates, &baseline, true);
	assert_string_equal(point.disqualified, "");
	assert_true(point.unjudged);
	point.reference.weak_p99 = false;
	point_judge(&point, &gates, &baseline, true);
	assert_string_equal(point.disqualified, "overhead % 1900 above 25");
}

static void percentiles_of_small_samples_are_not_judged(void **state)
{
	struct side baseline = {.count = 1, .median = {.p99_s = 0.001}};
	struct point point = point_of(10, 1000, 20);

	(void)state;
	point.target.median.p50_s = 0.001;
	point.target.weak_p99 = point.target.weak_p999 = true;
	point_judge(&point, &gates, &baseline, false);
	assert_string_equal(point.disqualified, "");
	assert_true(point.unjudged);
}

static void without_a_baseline_the_tail_is_not_judged(void **state)
{
	struct point point = point_of(10, 1000, 20);
	struct side dead = {.count = 1};

	(void)state;
	point_judge(&point, &gates, NULL, false);
	assert_string_equal(point.disqualified, "");
	assert_true(point.unjudged);
	point_judge(&point, &gates, &dead, false);
	assert_string_equal(point.disqualified, "");
	assert_true(point.unjudged);
}

/* ---- gates that know the server ---- */

/* A server with exponential service time: p99/p50 = 6.64 and p99.9/p50 = 9.97 at any load. */
static struct point exponential(uint32_t c, double rps, double p50_ms)
{
	struct point point = point_of(c, rps, 6.64 * p50_ms);

	point.target.median.p50_s = p50_ms / 1e3;
	point.target.median.p999_s = 9.97 * p50_ms / 1e3;
	return point;
}

static void a_ratio_that_is_the_servers_own_judges_growth(void **state)
{
	struct point points[] = {exponential(1, 100, 7), exponential(4, 400, 7), exponential(8, 410, 9),
				 exponential(16, 415, 20)};
	struct gates fitted = gates;

	(void)state;
	points[2].target.median.p99_s = 0.101; /* p99/p50 = 11.2 */
	rules_fit(&fitted, points, 4, 1);
	assert_true(fitted.spread.growth && fitted.p999.growth);
	assert_true(fabs(fitted.max_spread - 9.96) < 0.001);
	assert_true(fabs(fitted.max_p999_ratio - 14.955) < 0.001);
	assert_int_equal(fitted.spread.own_c, 1);
	for (unsigned i = 0; i < 4; i++)
		point_judge(&points[i], &fitted, &points[0].target, false);
	assert_string_equal(points[0].disqualified, "");
	assert_string_equal(points[1].disqualified, "");
	assert_string_equal(points[2].disqualified,
			    "spread p99/p50 11.22 above 9.96, 1.5 x the server's own 6.64");
	assert_int_equal(pick(points, 4, PICK_KNEE, 0.95, false).index, 1);
}

static void an_explicit_limit_stays(void **state)
{
	struct point points[] = {exponential(1, 100, 7), exponential(4, 400, 7)};
	struct gates fitted = gates;

	(void)state;
	fitted.spread.by_hand = true;
	rules_fit(&fitted, points, 2, 1);
	assert_true(fitted.spread.above);
	assert_false(fitted.spread.growth);
	assert_true(fitted.max_spread == 4);
	assert_true(fitted.p999.growth);
}

static void a_server_that_passes_without_load_keeps_the_limits(void **state)
{
	struct point points[] = {point_of(1, 100, 10), exponential(4, 400, 5)};
	struct gates fitted = gates;

	(void)state;
	rules_fit(&fitted, points, 2, 1);
	assert_false(fitted.spread.growth || fitted.spread.above || fitted.p999.growth);
	assert_true(fitted.max_spread == 4 && fitted.max_p999_ratio == 8);
	rules_fit(&fitted, points, 2, 2); /* no baseline */
	assert_int_equal(fitted.spread.own_c, 0);
}

/* The sample at c = 1 is too small for p99.9: the next level without a queue is used instead. */
static void after_a_small_sample_the_next_level_without_a_queue_counts(void **state)
{
	struct point points[] = {exponential(1, 100, 7), exponential(4, 400, 7.2), exponential(64, 400, 150)};
	struct gates fitted = gates;

	(void)state;
	points[0].target.weak_p999 = true;
	rules_fit(&fitted, points, 3, 1);
	assert_int_equal(fitted.spread.own_c, 1);
	assert_int_equal(fitted.p999.own_c, 4);
	assert_true(fitted.p999.growth);
	fitted = gates;
	points[1].target.weak_p999 = true; /* then only c = 64 remains, whose median is all queue */
	rules_fit(&fitted, points, 3, 1);
	assert_int_equal(fitted.p999.own_c, 0);
	assert_false(fitted.p999.growth);
}

static void levels_below_the_baseline_do_not_count(void **state)
{
	struct point points[] = {exponential(1, 100, 7), exponential(4, 400, 7.2)};
	struct gates fitted = gates;

	(void)state;
	rules_fit(&fitted, points, 2, 4);
	assert_int_equal(fitted.spread.own_c, 4);
	assert_int_equal(fitted.p999.own_c, 4);
}

static void an_overhead_within_the_noise_is_not_decided(void **state)
{
	struct side baseline = {.count = 1, .median = {.p99_s = 0.010}};
	struct point point = point_of(10, 1000, 20);

	(void)state;
	point.reference.median = (struct figures){.rps = 1000, .p99_s = 0.010};
	point.target.p99_s = (struct bounds){0.011, 0.029};
	point.reference.p99_s = (struct bounds){0.005, 0.015};
	point_judge(&point, &gates, &baseline, true);
	assert_string_equal(point.disqualified, "");
	assert_true(point.overhead_undecided && point.unjudged);
	point.reference.p99_s.high = 0.0109;
	point_judge(&point, &gates, &baseline, true);
	assert_string_equal(point.disqualified, "overhead % 100 above 25");
	assert_false(point.overhead_undecided);
	point.reference.p99_s.high = 0.015;
	point.reference.median.p99_s = 0.019; /* below the limit: nothing to decide */
	point_judge(&point, &gates, &baseline, true);
	assert_string_equal(point.disqualified, "");
	assert_false(point.overhead_undecided);
}

/* ---- how long it takes ---- */

static void the_time_of_a_run_follows_from_its_rate(void **state)
{
	struct measure_settings how = {.requests = 2000,
				       .each = 20,
				       .least_ns = NS_PER_S,
				       .prolong_ns = 5 * NS_PER_S,
				       .most_ns = 15 * NS_PER_S};

	(void)state;
	assert_true(fabs(estimate_run_s(&how, 1, 0) - 1.15) < 1e-9);
	assert_true(fabs(estimate_run_s(&how, 1, 1e6) - 1.15) < 1e-9);
	assert_true(fabs(estimate_run_s(&how, 1, 4000) - 2.65) < 1e-9); /* until 10,000 responses */
	assert_true(fabs(estimate_run_s(&how, 1, 1000) - 5.15) < 1e-9); /* --prolong */
	assert_true(fabs(estimate_run_s(&how, 1, 200) - 10.15) < 1e-9); /* 2,000 requests */
	assert_true(fabs(estimate_run_s(&how, 1, 10) - 15) < 1e-9);	/* --point-max */
	assert_true(fabs(estimate_run_s(&how, 1000, 10000) - 2.25) < 1e-9);
	how.duration_ns = 3 * NS_PER_S;
	assert_true(fabs(estimate_run_s(&how, 1, 1000) - 3.15) < 1e-9);
}

/* ---- the pick ---- */

static void judge(struct point *points, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		point_judge(&points[i], &gates, &points[0].target, false);
}

static void the_knee_is_the_smallest_level_near_the_peak(void **state)
{
	struct point points[] = {point_of(1, 100, 10), point_of(10, 900, 11), point_of(20, 960, 12),
				 point_of(40, 1000, 20), point_of(80, 1100, 100)};
	struct sweet_spot spot;

	(void)state;
	judge(points, 5);
	assert_true(points[4].disqualified[0]); /* its rate does not set the peak */
	spot = pick(points, 5, PICK_KNEE, 0.95, false);
	assert_int_equal(spot.index, 2);
	assert_int_equal(spot.method, PICK_KNEE);
	assert_int_equal(spot.peak_index, 3);
	assert_true(spot.peak_rps == 1000);
	assert_int_equal(pick(points, 5, PICK_KNEE, 0.90, false).index, 1);
	assert_int_equal(pick(points, 5, PICK_KNEE, 1, false).index, 3);
}

static void the_score_prefers_a_short_tail(void **state)
{
	struct point points[] = {point_of(1, 100, 10), point_of(10, 900, 11), point_of(20, 1000, 12)};
	struct sweet_spot spot;

	(void)state;
	points[2].target.median.p50_s = points[2].target.median.p99_s / 3;
	judge(points, 3);
	spot = pick(points, 3, PICK_SCORE, 0.95, false);
	assert_int_equal(spot.index, 1);
	assert_int_equal(spot.method, PICK_SCORE);
}

static void a_baseline_outside_the_candidates_is_never_picked(void **state)
{
	struct point points[] = {point_of(1, 1000, 10), point_of(10, 900, 11)};

	(void)state;
	points[0].baseline_only = true;
	judge(points, 2);
	assert_int_equal(pick(points, 2, PICK_KNEE, 0.95, false).index, 1);
}

static void if_no_level_passes_there_is_a_fallback(void **state)
{
	struct point points[] = {point_of(1, 100, 10), point_of(10, 900, 11), point_of(20, 800, 12)};
	struct sweet_spot spot;

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		points[i].target.median.error_rate = 0.5;
		points[i].reference.median = (struct figures){.rps = 1000, .p99_s = 0.001 * (i + 1)};
	}
	judge(points, 3);
	spot = pick(points, 3, PICK_KNEE, 0.95, false);
	assert_int_equal(spot.method, PICK_FALLBACK);
	assert_int_equal(spot.index, 1);
	assert_int_equal(pick(points, 3, PICK_KNEE, 0.10, false).index,
			 0); /* the smallest level near the peak */
	for (unsigned i = 0; i < 3; i++)
		point_judge(&points[i], &gates, NULL, true);
	assert_int_equal(pick(points, 3, PICK_KNEE, 0.95, true).index, 2);
	points[2].reference.median.rps = 0; /* no reference, so no overhead */
	point_judge(&points[2], &gates, NULL, true);
	assert_int_equal(pick(points, 3, PICK_KNEE, 0.95, true).index, 1);
	for (unsigned i = 0; i < 3; i++)
		points[i] = point_of(i + 1, 0, 0);
	judge(points, 3);
	spot = pick(points, 3, PICK_KNEE, 0.95, false);
	assert_int_equal(spot.method, PICK_NONE);
	assert_int_equal(spot.index, -1);
	assert_int_equal(pick(points, 0, PICK_KNEE, 0.95, false).method, PICK_NONE);
}

/* A point with ten blocks whose rates lie `spread` above and below the mean. */
static void add_blocks(struct point *point, double spread)
{
	struct sample sample = {.figures = point->target.median, .block_count = BLOCKS_MIN};

	for (unsigned i = 0; i < BLOCKS_MIN; i++)
		sample.blocks[i] = (struct block){sample.figures.rps + (i % 2 ? spread : -spread),
						  sample.figures.p50_s, sample.figures.p99_s};
	point->target.count = 0;
	assert_true(side_add(&point->target, &sample));
	side_sum_up(&point->target);
}

static void confidence_falls_with_noise(void **state)
{
	double sure, unsure;

	(void)state;
	for (int noisy = 0; noisy < 2; noisy++) {
		struct point points[] = {point_of(1, 100, 10), point_of(10, 945, 11), point_of(20, 1000, 12)};
		struct sweet_spot spot;

		for (unsigned i = 0; i < 3; i++)
			add_blocks(&points[i], noisy ? 100 : 1);
		judge(points, 3);
		spot = pick(points, 3, PICK_KNEE, 0.95, false);
		assert_int_equal(spot.index, 2);
		*(noisy ? &unsure : &sure) =
		    pick_confidence(points, 3, PICK_KNEE, 0.95, false, &spot, 1000, 1);
		for (unsigned i = 0; i < 3; i++)
			side_free(&points[i].target);
	}
	assert_true(sure == 1);
	assert_in_range((int)(100 * unsure), 30, 90);
}

static void a_rival_is_a_smaller_level_whose_interval_contains_the_knee(void **state)
{
	struct point points[] = {point_of(1, 100, 10), point_of(10, 940, 11), point_of(20, 1000, 12),
				 point_of(40, 990, 13)};
	struct sweet_spot spot;

	(void)state;
	judge(points, 4);
	for (unsigned i = 0; i < 4; i++)
		points[i].target.rps = (struct bounds){0, points[i].target.median.rps + 20};
	spot = pick(points, 4, PICK_KNEE, 0.95, false);
	assert_int_equal(spot.index, 2);
	assert_false(pick_is_rival(points, 0, &spot, 0.95));
	assert_true(pick_is_rival(points, 1, &spot, 0.95));
	assert_false(pick_is_rival(points, 2, &spot, 0.95)); /* itself */
	assert_false(pick_is_rival(points, 3, &spot, 0.95)); /* above */
	points[1].target.rps.high = 949;
	assert_false(pick_is_rival(points, 1, &spot, 0.95));
	points[1].target.rps.high = 950;
	points[1].baseline_only = true;
	assert_false(pick_is_rival(points, 1, &spot, 0.95));
}

static void repeats_are_drawn_as_they_are_summarized(void **state)
{
	static const double rates[] = {1000, 1000, 10};
	struct point points[] = {point_of(1, 100, 10), point_of(10, 100, 11)};
	struct sweet_spot spot;

	(void)state;
	add_blocks(&points[0], 0);
	points[1].target.count = 0;
	for (unsigned i = 0; i < 3; i++) {
		struct sample sample = {
		    .figures = {.rps = rates[i], .p50_s = 0.01, .p99_s = 0.01, .p999_s = 0.01}};

		assert_true(side_add(&points[1].target, &sample));
	}
	side_sum_up(&points[1].target);
	judge(points, 2);
	spot = pick(points, 2, PICK_KNEE, 0.95, false);
	assert_int_equal(spot.index, 1);
	/* The median of three draws is 10 if two or more of them are: 3 (1/3)^2 (2/3) + (1/3)^3 = 7/27. */
	assert_in_range((int)(1000 * pick_confidence(points, 2, PICK_KNEE, 0.95, false, &spot, 20000, 1)),
			1000 * 20 / 27 - 20, 1000 * 20 / 27 + 20);
	for (unsigned i = 0; i < 2; i++)
		side_free(&points[i].target);
}

/* ---- summaries ---- */

static void a_block_without_a_response_has_no_percentile(void **state)
{
	struct sample sample = {.figures = {.rps = 2, .p99_s = 0.5}, .block_count = 3};
	struct side side = {0};

	(void)state;
	sample.blocks[0] = (struct block){4, 0.5, 0.5};
	sample.blocks[2] = (struct block){2, 0.5, 0.5};
	assert_true(side_add(&side, &sample));
	side_sum_up(&side);
	assert_true(side.p99_s.low == 0.5 && side.p99_s.high == 0.5);
	/* Its rate counts: 4, 0 and 2, standard deviation 2, t with two degrees of freedom 4.303. */
	assert_true(fabs(side.rps.high - (2 + 4.303 * 2 / sqrt(3))) < 0.001);
	side_free(&side);
}

static void medians_and_intervals_of_repeats(void **state)
{
	static const double rates[] = {100, 130, 110};
	struct side side = {0};

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		struct sample sample = {.figures = {.rps = rates[i], .p99_s = 0.01}, .weak_p999 = i == 1};

		assert_true(side_add(&side, &sample));
	}
	side_sum_up(&side);
	assert_true(side.median.rps == 110);
	assert_true(side.from_repeats);
	assert_true(side.weak_p999);
	assert_false(side.weak_p99);
	/* Standard deviation 15.275, t with two degrees of freedom 4.303: 37.95 to each side. */
	assert_true(fabs(side.rps.low - (110 - 37.95)) < 0.01);
	assert_true(fabs(side.rps.high - (110 + 37.95)) < 0.01);
	assert_true(side.p99_s.low == 0.01 && side.p99_s.high == 0.01);
	side_free(&side);
	assert_true(median_of((double[]){4, 1, 3, 2}, 4) == 2.5);
	assert_true(median_of(NULL, 0) == 0);
	assert_true(interval_half_width(1, 1) == 0);
	assert_true(fabs(interval_half_width(1, 100) - 0.2) < 1e-9);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(levels_are_lists_and_ranges),
	    cmocka_unit_test(invalid_levels_have_a_message),
	    cmocka_unit_test(finer_levels_lie_halfway_on_both_sides),
	    cmocka_unit_test(each_gate_is_named_with_its_value),
	    cmocka_unit_test(an_unmeasured_level_has_not_passed),
	    cmocka_unit_test(without_a_reference_a_paired_level_has_not_passed),
	    cmocka_unit_test(overhead_of_few_responses_is_not_judged),
	    cmocka_unit_test(percentiles_of_small_samples_are_not_judged),
	    cmocka_unit_test(without_a_baseline_the_tail_is_not_judged),
	    cmocka_unit_test(a_ratio_that_is_the_servers_own_judges_growth),
	    cmocka_unit_test(an_explicit_limit_stays),
	    cmocka_unit_test(a_server_that_passes_without_load_keeps_the_limits),
	    cmocka_unit_test(after_a_small_sample_the_next_level_without_a_queue_counts),
	    cmocka_unit_test(levels_below_the_baseline_do_not_count),
	    cmocka_unit_test(an_overhead_within_the_noise_is_not_decided),
	    cmocka_unit_test(the_time_of_a_run_follows_from_its_rate),
	    cmocka_unit_test(the_knee_is_the_smallest_level_near_the_peak),
	    cmocka_unit_test(the_score_prefers_a_short_tail),
	    cmocka_unit_test(a_baseline_outside_the_candidates_is_never_picked),
	    cmocka_unit_test(if_no_level_passes_there_is_a_fallback),
	    cmocka_unit_test(confidence_falls_with_noise),
	    cmocka_unit_test(a_rival_is_a_smaller_level_whose_interval_contains_the_knee),
	    cmocka_unit_test(repeats_are_drawn_as_they_are_summarized),
	    cmocka_unit_test(a_block_without_a_response_has_no_percentile),
	    cmocka_unit_test(medians_and_intervals_of_repeats),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
