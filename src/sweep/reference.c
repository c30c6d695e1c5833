/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "sweep/reference.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "plan/plan.h"
#include "report/reader.h"

/* ---- the request digest ---- */

static uint64_t digest(uint64_t hash, const void *bytes, size_t length)
{
	for (size_t i = 0; i < length; i++)
		hash = (hash ^ ((const unsigned char *)bytes)[i]) * UINT64_C(0x100000001b3);
	return hash;
}

/* Includes the terminating zero, so that "ab", "c" and "a", "bc" differ. */
static uint64_t digest_text(uint64_t hash, const char *text)
{
	return digest(hash, text ? text : "", text ? strlen(text) + 1 : 1);
}

static bool is_credential(const char *header)
{
	static const char *const names[] = {"Authorization:", "Proxy-Authorization:", "Cookie:"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!strncasecmp(header, names[i], strlen(names[i])))
			return true;
	return false;
}

void request_digest(const struct vastar_settings *request, char text[REQUEST_DIGEST_LENGTH + 1])
{
	uint64_t hash = digest(UINT64_C(0xcbf29ce484222325), request->body, request->body_length);

	hash = digest_text(hash, request->content_type);
	hash = digest_text(hash, request->accept);
	for (size_t i = 0; i < request->header_count; i++)
		if (!is_credential(request->headers[i]))
			hash = digest_text(hash, request->headers[i]);
	snprintf(text, REQUEST_DIGEST_LENGTH + 1, "%016llx", (unsigned long long)hash);
}

/* ---- the file ---- */

static int not_a_sweep(struct vastar_error *err, const char *name, const char *why)
{
	return err_set(err, VASTAR_E_USAGE,
		       "reference %.200s: %s (give a file that vastar sweep -o json wrote)", name, why);
}

static bool is_weak(const json_t *point, const char *percentile)
{
	const json_t *name;
	size_t i;

	json_array_foreach(json_object_get(point, "weak"), i, name)
	{
		if (json_is_string(name) && !strcmp(json_string_value(name), percentile))
			return true;
	}
	return false;
}

static struct bounds p99_interval(const json_t *point)
{
	const json_t *pair = json_object_get(point, "p99_interval_ms");
	double low = json_number_value(json_array_get(pair, 0)),
	       high = json_number_value(json_array_get(pair, 1));

	return low >= 0 && high >= low ? (struct bounds){low / 1e3, high / 1e3} : (struct bounds){0};
}

static int add_point(struct reference *reference, const char *name, const json_t *point,
		     struct vastar_error *err)
{
	struct figures f = {0};
	double c;

	if (!reader_number(point, "concurrency", &c) || !reader_number(point, "rps", &f.rps) ||
	    !reader_number(point, "p50_ms", &f.p50_s) || !reader_number(point, "p95_ms", &f.p95_s) ||
	    !reader_number(point, "p99_ms", &f.p99_s) || !reader_number(point, "p999_ms", &f.p999_s) ||
	    !reader_number(point, "error_rate", &f.error_rate))
		return not_a_sweep(
		    err, name, "one of its points lacks concurrency, rps, a percentile or the error rate");
	if (c < 1 || c > PLAN_CONNECTIONS_MAX || c != floor(c))
		return not_a_sweep(err, name, "one of its concurrency values is not a number of connections");
	f.p50_s /= 1e3;
	f.p95_s /= 1e3;
	f.p99_s /= 1e3;
	f.p999_s /= 1e3;
	if (reference->levels.count && c <= reference->levels.c[reference->levels.count - 1])
		return not_a_sweep(err, name, "its points are not in rising order");
	if (!levels_add(&reference->levels, (uint32_t)c))
		return not_a_sweep(err, name, "it has too many points");
	reference->figures[reference->levels.count - 1] = f;
	reference->weak_p99[reference->levels.count - 1] = is_weak(point, "p99");
	reference->p99_s[reference->levels.count - 1] = p99_interval(point);
	return 0;
}

static int read_tree(struct reference *reference, const char *name, const json_t *root,
		     struct vastar_error *err)
{
	const char *version = json_string_value(json_object_get(root, "schema_version"));
	const json_t *points = json_object_get(root, "sweep_points"),
		     *params = json_object_get(root, "params"), *machine = json_object_get(root, "machine");
	const json_t *point;
	double processors;
	size_t i;

	if (!json_is_object(root) || !json_is_array(points))
		return not_a_sweep(err, name, "it has no sweep_points");
	if (!version || strncmp(version, "1.", 2))
		return not_a_sweep(err, name, "its schema_version is not 1");
	if (!json_array_size(points))
		return not_a_sweep(err, name, "its sweep_points are empty");
	reader_copy(params, "url", reference->url, sizeof(reference->url));
	reader_copy(params, "method", reference->method, sizeof(reference->method));
	reader_copy(params, "request_digest", reference->request_digest, sizeof(reference->request_digest));
	reader_copy(machine, "cpu_model", reference->cpu_model, sizeof(reference->cpu_model));
	if (reader_number(machine, "cpu_cores_logical", &processors) && processors <= UINT32_MAX)
		reference->cpu_count = (uint32_t)processors;
	reference->started_at_s =
	    reader_time_ms(json_string_value(json_object_get(root, "started_at"))) / 1000;
	json_array_foreach(points, i, point)
	{
		int rc = add_point(reference, name, point, err);

		if (rc)
			return rc;
	}
	return 0;
}

int reference_parse(struct reference *reference, const char *name, const char *bytes, size_t length,
		    struct vastar_error *err)
{
	struct reference parsed = {0};
	struct reader reader = {""};
	json_t *root = reader_tree(&reader, bytes, length);
	int rc;

	if (!root)
		return not_a_sweep(err, name, reader.complaint);
	rc = read_tree(&parsed, name, root, err);
	json_decref(root);
	if (!rc)
		*reference = parsed;
	return rc;
}

int reference_load(struct reference *reference, const char *path, struct vastar_error *err)
{
	char *bytes = NULL;
	size_t length;
	int rc = reader_file("reference", path, &bytes, &length, err);

	if (!rc)
		rc = reference_parse(reference, path, bytes, length, err);
	free(bytes);
	return rc;
}

int reference_find(const struct reference *reference, uint32_t concurrency, bool nearest)
{
	int best = -1;
	double least = 0;

	for (unsigned i = 0; i < reference->levels.count; i++) {
		double distance = fabs((double)reference->levels.c[i] - concurrency);

		if ((nearest || !distance) && (best < 0 || distance < least)) {
			best = (int)i;
			least = distance;
		}
	}
	return best;
}
