/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "report/saved/parts.h"

#include <math.h>

static double middle_ns(uint32_t index)
{
	return ((double)hist_bucket_from(index) + (double)hist_bucket_to(index)) / 2;
}

static void add_bucket(struct hist *hist, uint32_t index, uint64_t count)
{
	double middle = middle_ns(index);

	if (!hist->count)
		hist->min_ns = hist_bucket_from(index);
	hist->max_ns = hist_bucket_to(index);
	hist->counts[index] = count;
	hist->count += count;
	hist->sum_ns += (uint64_t)(middle * (double)count);
	hist->sum_squares += middle * middle * 1e-18 * (double)count;
}

/* The bucket with these bounds, or HIST_BUCKETS. */
static uint32_t index_of(uint64_t from_ns, uint64_t to_ns)
{
	uint32_t index = hist_index(from_ns);

	return hist_bucket_from(index) == from_ns && hist_bucket_to(index) == to_ns ? index : HIST_BUCKETS;
}

void saved_buckets(struct reader *reader, const json_t *object, const char *what, struct hist *hist)
{
	const json_t *buckets = reader_array(reader, object, "histogram"), *bucket;
	double sum = 0;
	size_t i;

	json_array_foreach(buckets, i, bucket)
	{
		uint64_t count = reader_count(reader, bucket, "count");
		uint32_t index =
		    index_of(reader_ns(reader, bucket, "from_s"), reader_ns(reader, bucket, "to_s"));

		if (!count || index == HIST_BUCKETS || (hist->count && index <= hist_index(hist->max_ns))) {
			reader_complain(reader, "bucket %zu of its %s histogram is invalid", i, what);
			return;
		}
		sum += middle_ns(index) * (double)count;
		if (hist->count + count > READER_COUNT_MAX || sum > SAVED_SUM_MAX) {
			reader_complain(reader, "its %s histogram is too large", what);
			return;
		}
		add_bucket(hist, index, count);
	}
}

void saved_extremes(struct reader *reader, const char *what, struct hist *hist, uint64_t min_ns,
		    uint64_t max_ns)
{
	if (min_ns > max_ns || hist_index(min_ns) != hist_index(hist->min_ns) ||
	    hist_index(max_ns) != hist_index(hist->max_ns)) {
		reader_complain(reader, "fastest and slowest do not fit its %s histogram", what);
		return;
	}
	hist->min_ns = min_ns;
	hist->max_ns = max_ns;
}

void saved_moments(struct reader *reader, struct hist *hist, double mean_s, double stddev_s)
{
	double count = (double)hist->count, range_s = (double)(hist->max_ns - hist->min_ns) * 1e-9;
	const double slack = 1 + 1e-9; /* the numbers have 15 digits */

	if (!(mean_s * slack >= (double)hist->min_ns * 1e-9 &&
	      mean_s <= (double)hist->max_ns * 1e-9 * slack) ||
	    !(stddev_s >= 0 && stddev_s <= range_s * slack)) {
		reader_complain(reader, "its average_s and stddev_s do not fit its histogram");
		return;
	}
	if (mean_s * 1e9 * count > SAVED_SUM_MAX) {
		reader_complain(reader, "the sum of its times is too large");
		return;
	}
	hist->sum_ns = (uint64_t)(mean_s * 1e9 * count + 0.5);
	hist->sum_squares = (stddev_s * stddev_s + mean_s * mean_s) * count;
}
