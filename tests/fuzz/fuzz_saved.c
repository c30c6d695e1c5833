/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The JSON of a benchmark, as merge and compare read it. Input: the file. */
#include <math.h>

#include "fuzz.h"
#include "report/saved/saved.h"
#include "stats/join.h"

static void must_be_whole(const struct hist *hist)
{
	uint64_t count = 0;

	for (uint32_t i = 0; i < HIST_BUCKETS; i++)
		count += hist->counts[i];
	MUST(count == hist->count);
	MUST(!count || hist->min_ns <= hist->max_ns);
	MUST(!count || (hist->counts[hist_index(hist->min_ns)] && hist->counts[hist_index(hist->max_ns)]));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct vastar_error err = {.text = ""};
	struct repeat whole;
	struct saved saved;
	uint64_t before;

	if (saved_parse(&saved, "input", (const char *)data, size, &err)) {
		MUST(err.status == VASTAR_E_USAGE && *err.text && !saved.plan && !saved.result);
		return 0;
	}
	must_be_whole(&saved.result->sum->latency);
	must_be_whole(&saved.result->sum->service);
	for (int kind = 0; kind < ERROR_KINDS; kind++)
		must_be_whole(&saved.result->sum->error_age[kind]);
	for (unsigned i = 0; i < CLASSES; i++) {
		must_be_whole(&saved.result->sum->class_latency[i]);
		MUST(saved.result->sum->class_latency[i].count <= saved.result->sum->responses);
	}
	MUST(saved.result->sum->latency.count == saved.result->sum->responses);
	MUST(saved.result->sum->responses_late <= saved.result->sum->responses);
	MUST(saved.result->sum->good_late <= saved.result->sum->good);
	whole = repeat_of(saved.result);
	MUST(isnan(whole.p999_s) || (whole.p50_s <= whole.p90_s && whole.p99_s <= whole.p999_s));
	MUST(!(whole.error_rate < 0) && !(whole.error_rate > 1));

	before = saved.result->sum->responses;
	if (!result_join(saved.result, saved.result, JOIN_BESIDE, NULL))
		MUST(saved.result->sum->latency.count == 2 * before);
	saved_free(&saved);
	return 0;
}
