/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * JSON that an earlier run of vastar has written, read back. Nothing in it is trusted: a member that is
 * missing, of another type, negative or too large is complained of, and the first complaint sticks, so that
 * it is checked once, at the end. What is read after a complaint is zero or NULL, and harmless.
 */
#ifndef VASTAR_REPORT_READER_H
#define VASTAR_REPORT_READER_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "stats/result.h"

/* Counts go up to 2^53, where a JSON number stops to be exact elsewhere. */
#define READER_COUNT_MAX (UINT64_C(1) << 53)

struct reader {
	char complaint[160]; /* "": none; the rest of a sentence that begins with the file's name */
};

void reader_complain(struct reader *reader, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The whole of a file, "-" for standard input, at most 64 MiB; `what` names it in the sentences. *bytesp is
 * the caller's. VASTAR_E_SYSTEM when it cannot be read. */
int reader_file(const char *what, const char *path, char **bytesp, size_t *lengthp, struct vastar_error *err);

/* A new reference; NULL with a complaint when the bytes are no JSON. */
json_t *reader_tree(struct reader *reader, const char *bytes, size_t length);

/* A finite number, zero or above; false when the object has none of that name. */
bool reader_number(const json_t *object, const char *key, double *valuep);

/* Members that must be there. */
const json_t *reader_object(struct reader *reader, const json_t *object, const char *key);
const json_t *reader_array(struct reader *reader, const json_t *object, const char *key);
const char *reader_text(struct reader *reader, const json_t *object, const char *key);
uint64_t reader_count(struct reader *reader, const json_t *object, const char *key);
uint32_t reader_count_within(struct reader *reader, const json_t *object, const char *key, uint32_t least,
			     uint32_t most);
uint64_t reader_ns(struct reader *reader, const json_t *object, const char *key); /* given in seconds */

/* Members that may be missing or null. */
double reader_number_or(struct reader *reader, const json_t *object, const char *key, double otherwise);
uint64_t reader_ns_or(struct reader *reader, const json_t *object, const char *key, uint64_t otherwise);
uint64_t reader_count_or(struct reader *reader, const json_t *object, const char *key, uint64_t otherwise);

/* "2026-01-31T23:59:59.123Z" in milliseconds since 1970; 0 when it is none (NULL is allowed). */
int64_t reader_time_ms(const char *text);

/* Copies a text member, cut to size; "" when there is none. */
void reader_copy(const json_t *object, const char *key, char *to, size_t size);

/* Complains unless `root` is an object of that kind and of schema 1.x; `words` name it: "a benchmark". */
void reader_kind(struct reader *reader, const json_t *root, const char *kind, const char *words);

/* The kernel and what tree_put_machine() has written. */
void reader_machine(struct reader *reader, const json_t *root, struct run_facts *facts);

#endif
