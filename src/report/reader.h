/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Reads JSON that an earlier run of vastar wrote. It trusts nothing in it: a member that is missing, of
 * another type, negative or too large causes a complaint. The first complaint is kept, so the caller
 * checks once, at the end. Values read after a complaint are zero or NULL, and harmless.
 */
#ifndef VASTAR_REPORT_READER_H
#define VASTAR_REPORT_READER_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "stats/result.h"

/* Counts go up to 2^53. Above it, other JSON readers lose precision. */
#define READER_COUNT_MAX (UINT64_C(1) << 53)

struct reader {
	char complaint[160]; /* "": none; the rest of a sentence that begins with the file's name */
};

void reader_complain(struct reader *reader, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Reads a whole file, "-" for standard input, at most 64 MiB. `what` names it in messages. The caller owns
 * *bytesp. VASTAR_E_SYSTEM when it cannot be read. */
int reader_file(const char *what, const char *path, char **bytesp, size_t *lengthp, struct vastar_error *err);

/* A new reference; NULL with a complaint when the bytes are not JSON. */
json_t *reader_tree(struct reader *reader, const char *bytes, size_t length);

/* A finite number, zero or above; false when the object has no such number of that name. */
bool reader_number(const json_t *object, const char *key, double *valuep);

/* Members that must exist. */
const json_t *reader_object(struct reader *reader, const json_t *object, const char *key);
const json_t *reader_array(struct reader *reader, const json_t *object, const char *key);
const char *reader_text(struct reader *reader, const json_t *object, const char *key);
uint64_t reader_count(struct reader *reader, const json_t *object, const char *key);
uint32_t reader_count_within(struct reader *reader, const json_t *object, const char *key, uint32_t least,
			     uint32_t most);
uint64_t reader_ns(struct reader *reader, const json_t *object, const char *key); /* a member in seconds */

/* Members that may be missing or null. */
double reader_number_or(struct reader *reader, const json_t *object, const char *key, double otherwise);
uint64_t reader_ns_or(struct reader *reader, const json_t *object, const char *key, uint64_t otherwise);
uint64_t reader_count_or(struct reader *reader, const json_t *object, const char *key, uint64_t otherwise);

/* "2026-01-31T23:59:59.123Z" in milliseconds since 1970; 0 for anything else, NULL included. */
int64_t reader_time_ms(const char *text);

/* Copies a text member, cut to size; "" when it is missing. */
void reader_copy(const json_t *object, const char *key, char *to, size_t size);

/* Complains unless `root` is an object of that kind and of schema 1.x. `words` names it: "a benchmark". */
void reader_kind(struct reader *reader, const json_t *root, const char *kind, const char *words);

/* Reads the kernel and what tree_put_machine() wrote. */
void reader_machine(struct reader *reader, const json_t *root, struct run_facts *facts);

#endif
