/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * A HdrHistogram log (format version 1.3), which HdrHistogram's own tools read. It has a line for the
 * response times and, for an open loop, a line with the tag "service" for the times from the send. Each
 * line ends with the histogram: HdrHistogram's V2 encoding, compressed by zlib, in base64. (The log's
 * format is that of HdrHistogram's HistogramLogWriter, the encoding that of its
 * AbstractHistogram.encodeIntoCompressedByteBuffer, release 2.1.12.)
 *
 * The buckets are HdrHistogram's own for lowest value 1 and 3 significant digits (stats/hist.h), so counts
 * are copied unchanged.
 */
#include "report/hdr.h"

#ifdef HAVE_ZLIB

#include <endian.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/clock.h"
#include "report/emit.h"
#include "report/format.h"

enum {
	COOKIE = 0x1c849313,		/* V2, words of 64 bits in LEB128 */
	COOKIE_COMPRESSED = 0x1c849314, /* the same after zlib */
	SIGNIFICANT_DIGITS = 3,
	HEADER_BYTES = 40,
	WORD_BYTES_MOST = 9,
};

/* ---- bytes ---- */

struct bytes {
	uint8_t *at; /* the next byte goes here */
};

static void put_32(struct bytes *bytes, uint32_t value)
{
	value = htobe32(value);
	memcpy(bytes->at, &value, sizeof(value));
	bytes->at += sizeof(value);
}

static void put_64(struct bytes *bytes, uint64_t value)
{
	put_32(bytes, (uint32_t)(value >> 32));
	put_32(bytes, (uint32_t)value);
}

/* ZigZag, then seven bits a byte, lowest first. The ninth byte holds eight bits. */
static void put_word(struct bytes *bytes, int64_t value)
{
	uint64_t rest = (uint64_t)value << 1 ^ (value < 0 ? UINT64_MAX : 0);

	for (int i = 1; i < WORD_BYTES_MOST && rest > 0x7f; i++, rest >>= 7)
		*bytes->at++ = (uint8_t)(rest | 0x80);
	*bytes->at++ = (uint8_t)rest;
}

/* ---- the histogram ---- */

/* Counts from the first bucket to that of the maximum. A run of n zeros is -n, a single zero is 0. */
static void put_counts(struct bytes *bytes, const struct hist *hist)
{
	uint32_t end = hist_index(hist->max_ns) + 1;

	for (uint32_t i = 0; i < end;) {
		uint32_t zeros = 0;

		while (i + zeros < end && !hist->counts[i + zeros])
			zeros++;
		if (zeros)
			put_word(bytes, zeros > 1 ? -(int64_t)zeros : 0);
		else
			put_word(bytes, (int64_t)hist->counts[i]);
		i += zeros ? zeros : 1;
	}
}

/* `bytes` has room for HEADER_BYTES and WORD_BYTES_MOST for each bucket. */
static size_t encode(uint8_t *bytes, const struct hist *hist)
{
	const double ratio = 1; /* from integers to values */
	uint64_t ratio_bits;
	struct bytes counts = {bytes + HEADER_BYTES}, header = {bytes};

	put_counts(&counts, hist);
	memcpy(&ratio_bits, &ratio, sizeof(ratio_bits));
	put_32(&header, COOKIE);
	put_32(&header, (uint32_t)(counts.at - bytes - HEADER_BYTES));
	put_32(&header, 0); /* normalizing index offset: none */
	put_32(&header, SIGNIFICANT_DIGITS);
	put_64(&header, 1); /* lowest discernible value */
	put_64(&header, HIST_MAX_NS);
	put_64(&header, ratio_bits);
	return (size_t)(counts.at - bytes);
}

/* RFC 4648, section 4. */
static void write_base64(const uint8_t *bytes, size_t length, FILE *out)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	for (size_t i = 0; i < length; i += 3) {
		size_t left = length - i;
		uint32_t group = (uint32_t)bytes[i] << 16 | (left > 1 ? (uint32_t)bytes[i + 1] << 8 : 0) |
				 (left > 2 ? bytes[i + 2] : 0);

		fputc(digits[group >> 18], out);
		fputc(digits[group >> 12 & 63], out);
		fputc(left > 1 ? digits[group >> 6 & 63] : '=', out);
		fputc(left > 2 ? digits[group & 63] : '=', out);
	}
}

/* False: out of memory. */
static bool write_histogram(const struct hist *hist, FILE *out)
{
	enum { PLAIN_MOST = HEADER_BYTES + WORD_BYTES_MOST * HIST_BUCKETS, LEAD = 8 };
	uint8_t *plain = malloc(PLAIN_MOST);
	uLong most = compressBound(PLAIN_MOST);
	uint8_t *packed = malloc(LEAD + most);
	bool done = plain && packed && compress(packed + LEAD, &most, plain, encode(plain, hist)) == Z_OK;

	if (done) {
		struct bytes lead = {packed};

		put_32(&lead, COOKIE_COMPRESSED);
		put_32(&lead, (uint32_t)most);
		write_base64(packed, LEAD + most, out);
	}
	free(plain);
	free(packed);
	return done;
}

/* ---- the log ---- */

static bool write_line(const char *tag, const struct hist *hist, const struct report *report, FILE *out)
{
	const struct run_facts *facts = &report->result->facts;
	bool done;

	/* Instants count from StartTime. The maximum is in milliseconds, as the log's legend says. */
	fprintf(out, "%s0.000,%.3f,%.3f,", tag, ns_to_s(facts->total_ns + facts->drain_ns),
		(double)hist->max_ns / (double)NS_PER_MS);
	done = write_histogram(hist, out);
	fputc('\n', out);
	return done;
}

static int write_hdr(const struct report *report, FILE *out, struct vastar_error *err)
{
	const struct run_facts *facts = &report->result->facts;
	const struct shard *sum = report->result->sum;
	struct draft draft;

	if (!draft_open(&draft))
		return err_nomem(err, "report");
	fprintf(draft.stream,
		"#[Written by vastar %s; values are nanoseconds]\n#[Histogram log format version 1.3]\n"
		"#[StartTime: %lld.%03u (seconds since epoch), %s]\n"
		"\"StartTimestamp\",\"Interval_Length\",\"Interval_Max\",\"Interval_Compressed_Histogram\"\n",
		VASTAR_VERSION, (long long)facts->started_at_s, facts->started_at_ms,
		fmt_instant(facts->started_at_s, (int)facts->started_at_ms).s);
	if (!write_line("", &sum->latency, report, draft.stream) ||
	    (facts->open_loop && !write_line("Tag=service,", &sum->service, report, draft.stream)))
		draft.failed = true;
	return draft_emit(&draft, out, err);
}

const struct report_format report_hdr = {.name = "hdr", .write = write_hdr};

#else

const struct report_format report_hdr = {
    .name = "hdr", .missing = "this vastar was built without zlib (meson configure -Dhdr=enabled)"};

#endif
