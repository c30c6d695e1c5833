/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "plan/url_file.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "plan/mix.h"

/* ---- a JSON object ---- */

static int bad(const struct url_line *line, struct vastar_error *err, const char *key, const char *what)
{
	return err_set(err, VASTAR_E_USAGE, "%s: \"%.40s\" %s", line->origin, key, what);
}

static int take_text(char **top, const struct url_line *line, const char *key, const json_t *value,
		     struct vastar_error *err)
{
	if (!json_is_string(value))
		return bad(line, err, key, "must be a string");
	*top = strdup(json_string_value(value));
	return *top ? 0 : err_nomem(err, "URLs");
}

static int add_header(struct url_line *line, const char *name, const json_t *value, struct vastar_error *err)
{
	const char *text = json_string_value(value);
	char *header;

	if (!text)
		return bad(line, err, name, "must be a string, as every header");
	/* As with -H: an empty value would remove the header. */
	if (asprintf(&header, *text ? "%s: %s" : "%s;", name, text) < 0)
		return err_nomem(err, "URLs");
	line->headers[line->header_count++] = header;
	return 0;
}

static int take_headers(struct url_line *line, const json_t *value, struct vastar_error *err)
{
	const json_t *member;
	const char *name;
	int rc = 0;

	if (!json_is_object(value))
		return bad(line, err, "headers", "must be an object of names and values");
	line->headers = calloc(json_object_size(value) + 1, sizeof(*line->headers));
	if (!line->headers)
		return err_nomem(err, "URLs");
	json_object_foreach((json_t *)value, name, member) rc = rc ? rc : add_header(line, name, member, err);
	return rc;
}

static int add_expected(struct url_line *line, const json_t *value, struct vastar_error *err)
{
	const char *text = json_string_value(value);
	char *copy;

	if (!text)
		return bad(line, err, "expect", "must be a string or an array of strings");
	copy = strdup(text);
	if (!copy)
		return err_nomem(err, "URLs");
	line->expect[line->expect_count++] = copy;
	return 0;
}

static int take_expect(struct url_line *line, const json_t *value, struct vastar_error *err)
{
	size_t count = json_is_array(value) ? json_array_size(value) : 1;
	int rc = 0;

	line->expect = calloc(count + 1, sizeof(*line->expect));
	if (!line->expect)
		return err_nomem(err, "URLs");
	for (size_t i = 0; !rc && i < count; i++)
		rc = add_expected(line, json_is_array(value) ? json_array_get(value, i) : value, err);
	return rc;
}

static int take_weight(struct url_line *line, const json_t *value, struct vastar_error *err)
{
	json_int_t weight = json_integer_value(value);

	if (!json_is_integer(value) || weight < 1 || weight > MIX_WEIGHT_MAX)
		return bad(line, err, "weight", "must be a whole number from 1 to 1000");
	line->weight = (uint32_t)weight;
	return 0;
}

static int take_member(struct url_line *line, const char *key, const json_t *value, struct vastar_error *err)
{
	if (!strcmp(key, "url"))
		return take_text(&line->url, line, key, value, err);
	if (!strcmp(key, "method"))
		return take_text(&line->method, line, key, value, err);
	if (!strcmp(key, "body"))
		return take_text(&line->body, line, key, value, err);
	if (!strcmp(key, "body_file"))
		return take_text(&line->body_file, line, key, value, err);
	if (!strcmp(key, "headers"))
		return take_headers(line, value, err);
	if (!strcmp(key, "weight"))
		return take_weight(line, value, err);
	if (!strcmp(key, "expect"))
		return take_expect(line, value, err);
	return bad(line, err, key,
		   "is not known (url, method, headers, body, body_file, weight and expect are)");
}

static int take_object(struct url_line *line, const json_t *tree, struct vastar_error *err)
{
	const json_t *value;
	const char *key;
	int rc = 0;

	json_object_foreach((json_t *)tree, key, value) rc = rc ? rc : take_member(line, key, value, err);
	if (rc)
		return rc;
	if (!line->url)
		return err_set(err, VASTAR_E_USAGE, "%s: it has no \"url\"", line->origin);
	if (line->body && line->body_file)
		return err_set(err, VASTAR_E_USAGE, "%s: both \"body\" and \"body_file\" (leave one out)",
			       line->origin);
	if (line->body)
		line->body_length = strlen(line->body);
	return 0;
}

static int read_object(struct url_line *line, const char *text, size_t length, struct vastar_error *err)
{
	json_error_t error;
	json_t *tree = json_loadb(text, length, JSON_REJECT_DUPLICATES, &error);
	int rc;

	if (!tree)
		return err_set(err, VASTAR_E_USAGE, "%s: no JSON object, at column %d: %.100s", line->origin,
			       error.column, error.text);
	rc = take_object(line, tree, err); /* it begins with a brace, so it is an object */
	json_decref(tree);
	return rc;
}

/* ---- lines ---- */

static bool blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

static void trim(const char **textp, size_t *lengthp)
{
	while (*lengthp && blank(**textp)) {
		++*textp;
		--*lengthp;
	}
	while (*lengthp && blank((*textp)[*lengthp - 1]))
		--*lengthp;
}

static int add_line(struct url_file *file, const char *name, size_t number, const char *text, size_t length,
		    struct vastar_error *err)
{
	struct url_line *line;

	/* The list doubles whenever its length is a power of two. */
	if (!(file->count & (file->count - 1))) {
		size_t room = file->count ? 2 * file->count : 1;
		struct url_line *grown = realloc(file->lines, room * sizeof(*grown));

		if (!grown)
			return err_nomem(err, "URLs");
		file->lines = grown;
	}
	line = &file->lines[file->count++];
	*line = (struct url_line){0};
	if (asprintf(&line->origin, "%.200s:%zu", name, number) < 0) {
		line->origin = NULL;
		return err_nomem(err, "URLs");
	}
	if (memchr(text, '\0', length))
		return err_set(err, VASTAR_E_USAGE, "%s: it has a byte 0 (the file must be text)",
			       line->origin);
	if (*text == '{')
		return read_object(line, text, length, err);
	line->url = strndup(text, length);
	return line->url ? 0 : err_nomem(err, "URLs");
}

int url_file_parse(struct url_file *file, const char *name, const char *text, size_t length,
		   struct vastar_error *err)
{
	static const char mark[] = "\xef\xbb\xbf"; /* some editors begin UTF-8 with it */
	size_t at = length >= 3 && !memcmp(text, mark, 3) ? 3 : 0;
	int rc = 0;

	*file = (struct url_file){0};
	for (size_t number = 1; !rc && at < length; number++) {
		const char *line = text + at, *end = memchr(line, '\n', length - at);
		size_t used = end ? (size_t)(end - line) : length - at;

		at += used + (end != NULL);
		trim(&line, &used);
		if (used && *line != '#')
			rc = add_line(file, name, number, line, used, err);
		if (!rc && file->count > MIX_REQUESTS_MAX)
			rc = err_set(err, VASTAR_E_USAGE,
				     "%.200s: more than %d requests (weights make a "
				     "request more frequent)",
				     name, MIX_REQUESTS_MAX);
	}
	if (!rc && !file->count)
		rc = err_set(err, VASTAR_E_USAGE,
			     "%.200s: it has no URL (write one in each line, or JSON objects)", name);
	return rc;
}

static void free_line(struct url_line *line)
{
	for (size_t i = 0; i < line->header_count; i++)
		free(line->headers[i]);
	free(line->headers);
	for (size_t i = 0; i < line->expect_count; i++)
		free(line->expect[i]);
	free(line->expect);
	free(line->url);
	free(line->method);
	free(line->body);
	free(line->body_file);
	free(line->origin);
}

void url_file_free(struct url_file *file)
{
	for (size_t i = 0; i < file->count; i++)
		free_line(&file->lines[i]);
	free(file->lines);
	*file = (struct url_file){0};
}

struct vastar_request *url_file_requests(const struct url_file *file)
{
	struct vastar_request *requests = calloc(file->count, sizeof(*requests));

	for (size_t i = 0; requests && i < file->count; i++) {
		const struct url_line *line = &file->lines[i];

		requests[i] = (struct vastar_request){
		    .url = line->url,
		    .method = line->method,
		    .headers = (const char *const *)line->headers,
		    .header_count = line->header_count,
		    .body = line->body,
		    .body_length = line->body_length,
		    .weight = line->weight,
		    .origin = line->origin,
		    .expect = (const char *const *)line->expect,
		    .expect_count = line->expect_count,
		};
	}
	return requests;
}
