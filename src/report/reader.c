/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "report/reader.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Ten years: no run takes longer, and many such runs still fit 64 bits of nanoseconds. */
static const double SECONDS_MAX = 3.2e8;

void reader_complain(struct reader *reader, const char *format, ...)
{
	va_list args;

	if (*reader->complaint)
		return;
	va_start(args, format);
	vsnprintf(reader->complaint, sizeof(reader->complaint), format, args);
	va_end(args);
}

/* ---- the file ---- */

static int read_stream(FILE *file, const char *what, const char *path, char **bytesp, size_t *lengthp,
		       struct vastar_error *err)
{
	enum { CHUNK = 256 * 1024, MOST = 64 * 1024 * 1024 };
	char *bytes = NULL;
	size_t length = 0, got;

	do {
		char *grown = length <= MOST ? realloc(bytes, length + CHUNK) : NULL;

		if (!grown) {
			free(bytes);
			return length > MOST ? err_set(err, VASTAR_E_USAGE,
						       "%s %.200s: larger than 64 MiB (not a vastar result)",
						       what, path)
					     : err_nomem(err, what);
		}
		bytes = grown;
		got = fread(bytes + length, 1, CHUNK, file);
		length += got;
	} while (got);
	if (ferror(file)) {
		free(bytes);
		return err_set(err, VASTAR_E_SYSTEM, "%s %.200s: cannot be read: %s (check the path)", what,
			       path, strerror(errno));
	}
	*bytesp = bytes;
	*lengthp = length;
	return 0;
}

int reader_file(const char *what, const char *path, char **bytesp, size_t *lengthp, struct vastar_error *err)
{
	bool standard = !strcmp(path, "-");
	FILE *file = standard ? stdin : fopen(path, "re");
	int rc;

	if (!file)
		return err_set(err, VASTAR_E_SYSTEM, "%s %.200s: cannot be opened: %s (check the path)", what,
			       path, strerror(errno));
	rc = read_stream(file, what, path, bytesp, lengthp, err);
	if (!standard)
		fclose(file);
	return rc;
}

json_t *reader_tree(struct reader *reader, const char *bytes, size_t length)
{
	json_error_t where;
	json_t *root = json_loadb(bytes, length, JSON_REJECT_DUPLICATES, &where);

	if (!root)
		reader_complain(reader, "not JSON, line %d: %.120s", where.line, where.text);
	return root;
}

/* ---- members ---- */

static bool is_missing(const json_t *value)
{
	return !value || json_is_null(value);
}

bool reader_number(const json_t *object, const char *key, double *valuep)
{
	const json_t *value = json_object_get(object, key);

	if (!json_is_number(value))
		return false;
	*valuep = json_number_value(value);
	return isfinite(*valuep) && *valuep >= 0;
}

const json_t *reader_object(struct reader *reader, const json_t *object, const char *key)
{
	const json_t *value = json_object_get(object, key);

	if (!json_is_object(value))
		reader_complain(reader, "it has no %s", key);
	return json_is_object(value) ? value : NULL;
}

const json_t *reader_array(struct reader *reader, const json_t *object, const char *key)
{
	const json_t *value = json_object_get(object, key);

	if (!json_is_array(value))
		reader_complain(reader, "it has no list of %s", key);
	return json_is_array(value) ? value : NULL;
}

const char *reader_text(struct reader *reader, const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	if (!text)
		reader_complain(reader, "its %s is not text", key);
	return text ? text : "";
}

uint64_t reader_count(struct reader *reader, const json_t *object, const char *key)
{
	const json_t *value = json_object_get(object, key);
	json_int_t count = json_integer_value(value);

	if (json_is_integer(value) && count >= 0 && (uint64_t)count <= READER_COUNT_MAX)
		return (uint64_t)count;
	reader_complain(reader, "its %s is not a count from 0 to 2^53", key);
	return 0;
}

uint32_t reader_count_within(struct reader *reader, const json_t *object, const char *key, uint32_t least,
			     uint32_t most)
{
	uint64_t count = reader_count(reader, object, key);

	if (count < least || count > most)
		reader_complain(reader, "its %s is not from %u to %u", key, least, most);
	return count <= most ? (uint32_t)count : most;
}

uint64_t reader_ns(struct reader *reader, const json_t *object, const char *key)
{
	double s;

	if (reader_number(object, key, &s) && s <= SECONDS_MAX)
		return (uint64_t)llround(s * 1e9);
	reader_complain(reader, "its %s is not a number of seconds", key);
	return 0;
}

double reader_number_or(struct reader *reader, const json_t *object, const char *key, double otherwise)
{
	double value;

	if (is_missing(json_object_get(object, key)))
		return otherwise;
	if (reader_number(object, key, &value))
		return value;
	reader_complain(reader, "its %s is not a number from 0 up", key);
	return otherwise;
}

uint64_t reader_ns_or(struct reader *reader, const json_t *object, const char *key, uint64_t otherwise)
{
	return is_missing(json_object_get(object, key)) ? otherwise : reader_ns(reader, object, key);
}

uint64_t reader_count_or(struct reader *reader, const json_t *object, const char *key, uint64_t otherwise)
{
	return is_missing(json_object_get(object, key)) ? otherwise : reader_count(reader, object, key);
}

int64_t reader_time_ms(const char *text)
{
	struct tm tm = {0};
	const char *end = text ? strptime(text, "%Y-%m-%dT%H:%M:%S", &tm) : NULL;
	double fraction = end && *end == '.' ? strtod(end, NULL) : 0;

	if (!end || !(fraction >= 0 && fraction < 1))
		return 0;
	return (int64_t)timegm(&tm) * 1000 + llround(fraction * 1000);
}

void reader_copy(const json_t *object, const char *key, char *to, size_t size)
{
	const char *text = json_string_value(json_object_get(object, key));

	snprintf(to, size, "%s", text ? text : "");
}

void reader_kind(struct reader *reader, const json_t *root, const char *kind, const char *words)
{
	const char *found = json_string_value(json_object_get(root, "kind"));
	const char *version = json_string_value(json_object_get(root, "schema_version"));

	if (!json_is_object(root) || !found || !version)
		reader_complain(reader, "it has no kind and schema_version");
	else if (strncmp(version, "1.", 2))
		reader_complain(reader, "its schema_version is '%.20s', and this vastar reads 1.x", version);
	else if (strcmp(found, kind))
		reader_complain(reader, "it is a %.20s, not %s", found, words);
}

void reader_machine(struct reader *reader, const json_t *root, struct run_facts *facts)
{
	const json_t *machine = json_object_get(root, "machine");

	facts->cpu_count = (uint32_t)reader_count_or(reader, machine, "cpu_cores_logical", 0);
	facts->usable_cpus = (uint32_t)reader_count_or(reader, machine, "cpu_cores_usable", 0);
	facts->held.quota = reader_number_or(reader, machine, "cpu_quota", 0);
	facts->ram_mb = reader_count_or(reader, machine, "ram_mb", 0);
	reader_copy(machine, "host", facts->host, sizeof(facts->host));
	reader_copy(machine, "cpu_model", facts->cpu_model, sizeof(facts->cpu_model));
	reader_copy(json_object_get(root, "vastar"), "kernel", facts->kernel, sizeof(facts->kernel));
}
