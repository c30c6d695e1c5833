/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Builds JSON with jansson. A value for which there was no memory is NULL. tree_put() and tree_append()
 * notice it and keep the first failure, so the caller checks once, at the end.
 */
#ifndef VASTAR_REPORT_TREE_H
#define VASTAR_REPORT_TREE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/err.h"
#include "stats/result.h"

struct tree {
	bool failed;
};

/* Each returns a new reference. A number that JSON cannot hold (NaN, infinity) becomes null. */
json_t *tree_integer(uint64_t value);
json_t *tree_real(double value);
json_t *tree_real_if(bool known, double value);
json_t *tree_seconds(uint64_t ns);
json_t *tree_seconds_if(bool known, uint64_t ns);
json_t *tree_string(const char *text); /* bytes that are not UTF-8 become '?' */

/* These take ownership of the reference to the value. */
void tree_put(struct tree *tree, json_t *object, const char *key, json_t *value);
void tree_append(struct tree *tree, json_t *array, json_t *value);
/* An object or array inside another one, which owns it. */
json_t *tree_nest(struct tree *tree, json_t *object, const char *key, json_t *inner);

void tree_put_machine(struct tree *tree, json_t *root, const struct run_facts *facts);

/* Writes all of it and a newline, or nothing. `flags` are those of json_dumpf(), for the layout. */
int tree_write(const json_t *root, size_t flags, FILE *out, struct vastar_error *err);

#endif
