/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "report/tree.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "report/emit.h"

/* Digits of a real number. 15 digits reproduce every decimal number that a double can hold, and resolve a
 * nanosecond in three hours. */
enum { REAL_DIGITS = 15 };

json_t *tree_integer(uint64_t value)
{
	return json_integer((json_int_t)value);
}

json_t *tree_real(double value)
{
	return isfinite(value) ? json_real(value) : json_null();
}

json_t *tree_real_if(bool known, double value)
{
	return known ? tree_real(value) : json_null();
}

json_t *tree_seconds(uint64_t ns)
{
	return tree_real(ns_to_s(ns));
}

json_t *tree_seconds_if(bool known, uint64_t ns)
{
	return known ? tree_seconds(ns) : json_null();
}

/* Bytes that are not UTF-8 (from a peer or a file) become '?'. */
json_t *tree_string(const char *text)
{
	json_t *value = json_string(text);

	if (value)
		return value;
	char *copy = strdup(text);

	if (!copy)
		return NULL;
	for (char *c = copy; *c; c++) {
		if ((unsigned char)*c > '~')
			*c = '?';
	}
	value = json_string(copy);
	free(copy);
	return value;
}

void tree_put(struct tree *tree, json_t *object, const char *key, json_t *value)
{
	if (json_object_set_new(object, key, value))
		tree->failed = true;
}

void tree_append(struct tree *tree, json_t *array, json_t *value)
{
	if (json_array_append_new(array, value))
		tree->failed = true;
}

/* An object or array inside another one, which owns it. */
json_t *tree_nest(struct tree *tree, json_t *object, const char *key, json_t *inner)
{
	tree_put(tree, object, key, inner);
	return json_object_get(object, key);
}

void tree_put_machine(struct tree *tree, json_t *root, const struct run_facts *facts)
{
	json_t *machine = tree_nest(tree, root, "machine", json_object());

	if (*facts->host)
		tree_put(tree, machine, "host", tree_string(facts->host));
	tree_put(tree, machine, "cpu_cores_logical", tree_integer(facts->cpu_count));
	tree_put(tree, machine, "cpu_cores_usable",
		 tree_integer(facts->usable_cpus ? facts->usable_cpus : facts->cpu_count));
	tree_put(tree, machine, "cpu_quota", tree_real_if(facts->held.quota > 0, facts->held.quota));
	tree_put(tree, machine, "ram_mb", tree_integer(facts->ram_mb));
	tree_put(tree, machine, "cpu_model", tree_string(facts->cpu_model));
}

static int to_stream(const char *bytes, size_t length, void *stream)
{
	return fwrite(bytes, 1, length, stream) == length ? 0 : -1;
}

/* Not json_dumps(): when there is no memory for the name of a member, it ignores that (jansson 2.14) and
 * returns the text without it. A draft remembers that something is missing. */
int tree_write(const json_t *root, size_t flags, FILE *out, struct vastar_error *err)
{
	struct draft draft;

	if (!draft_open(&draft))
		return err_nomem(err, "report");
	/* ASCII only: a text that quotes a peer cannot carry a multi-byte control sequence to a terminal. */
	flags |= JSON_ENSURE_ASCII | JSON_REAL_PRECISION(REAL_DIGITS);
	if (json_dump_callback(root, to_stream, draft.stream, flags))
		draft.failed = true;
	fputc('\n', draft.stream);
	return draft_emit(&draft, out, err);
}
