/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "cli/form.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/err.h"
#include "base/random.h"
#include "cli/common.h"

/* ---- --data-urlencode ---- */

/* RFC 3986 section 2.3: all but unreserved characters are encoded; a blank is "+" in forms (WHATWG URL). */
static void put_encoded(FILE *out, const char *bytes, size_t length)
{
	static const char unreserved[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";

	for (size_t i = 0; i < length; i++) {
		if (memchr(unreserved, bytes[i], sizeof(unreserved) - 1))
			fputc(bytes[i], out);
		else if (bytes[i] == ' ')
			fputc('+', out);
		else
			fprintf(out, "%%%02X", (unsigned char)bytes[i]);
	}
}

static int put_item(FILE *out, const char *item, struct vastar_error *err)
{
	size_t name = strcspn(item, "=");
	char *bytes;
	size_t length;
	int rc;

	if (!item[name])
		name = strcspn(item, "@");
	if (!item[name]) {
		put_encoded(out, item, strlen(item));
		return 0;
	}
	if (name)
		fprintf(out, "%.*s=", (int)name, item);
	if (item[name] == '=') {
		put_encoded(out, item + name + 1, strlen(item + name + 1));
		return 0;
	}
	rc = read_input("--data-urlencode", item + name + 1, &bytes, &length, err);
	if (rc)
		return rc;
	put_encoded(out, bytes, length);
	free(bytes);
	return 0;
}

static int finish(FILE *out, char **bodyp, int rc, struct vastar_error *err)
{
	if ((ferror(out) | fclose(out)) && !rc)
		rc = err_nomem(err, "request body");
	if (rc) {
		free(*bodyp);
		*bodyp = NULL;
	}
	return rc;
}

int form_urlencode(const struct option_list *items, char **bodyp, size_t *lengthp, struct vastar_error *err)
{
	FILE *out = open_memstream(bodyp, lengthp);
	int rc = 0;

	if (!out)
		return err_nomem(err, "request body");
	for (size_t i = 0; !rc && i < items->count; i++) {
		if (i)
			fputc('&', out);
		rc = put_item(out, items->items[i], err);
	}
	return finish(out, bodyp, rc, err);
}

/* ---- -F ---- */

/* One item, in parts. The texts are owned, but for `name`. */
struct part {
	const char *name;
	size_t name_length;
	char kind; /* '@': a file; '<': the text of a file; '=': a text */
	char *value, *type, *filename;
};

static void part_free(struct part *part)
{
	free(part->value);
	free(part->type);
	free(part->filename);
}

/* The next value: up to ';' or the end, or in quotes. Moves *atp behind it. NULL: out of memory. */
static char *take_value(const char **atp)
{
	const char *at = *atp;
	char *value = malloc(strlen(at) + 1);
	size_t length = 0;

	if (!value)
		return NULL;
	if (*at == '"' && strchr(at + 1, '"')) {
		for (at++; *at && *at != '"'; at++) {
			if (*at == '\\' && (at[1] == '"' || at[1] == '\\'))
				at++;
			value[length++] = *at;
		}
		at += *at == '"';
	} else {
		length = strcspn(at, ";");
		memcpy(value, at, length);
		at += length;
	}
	value[length] = '\0';
	*atp = at;
	return value;
}

static char **parameter_of(struct part *part, const char **atp)
{
	if (!strncasecmp(*atp, "type=", 5)) {
		*atp += 5;
		return &part->type;
	}
	if (!strncasecmp(*atp, "filename=", 9)) {
		*atp += 9;
		return &part->filename;
	}
	return NULL;
}

static int parse_part(const char *item, struct part *part, struct vastar_error *err)
{
	size_t name = strcspn(item, "=");
	const char *at = item + name + 1;

	if (!item[name] || !name)
		return err_set(err, VASTAR_E_USAGE,
			       "-F '%.60s': no name (write name=value, name=@file or name=<file)", item);
	part->name = item;
	part->name_length = name;
	part->kind = *at == '@' || *at == '<' ? *at++ : '=';
	part->value = take_value(&at);
	if (!part->value)
		return err_nomem(err, "request body");
	while (*at == ';') {
		char **parameter;

		at += 1 + strspn(at + 1, " ");
		parameter = parameter_of(part, &at);
		if (!parameter)
			return err_set(err, VASTAR_E_USAGE,
				       "-F '%.60s': '%.30s' is not known (;type= and ;filename= are; a value "
				       "with a semicolon needs double quotes)",
				       item, at);
		free(*parameter);
		*parameter = take_value(&at);
		if (!*parameter)
			return err_nomem(err, "request body");
	}
	if (*at)
		return err_set(err, VASTAR_E_USAGE, "-F '%.60s': '%.30s' behind the quotes", item, at);
	if (part->type && (strpbrk(part->type, "\r\n") || !strchr(part->type, '/')))
		return err_set(err, VASTAR_E_USAGE, "-F '%.60s': the type is not of the form type/subtype",
			       item);
	return 0;
}

/* As curl guesses it. NULL: not known. */
static const char *type_of(const char *filename)
{
	static const struct {
		const char *ending, *type;
	} known[] = {
	    {".gif", "image/gif"},	 {".jpg", "image/jpeg"},	{".jpeg", "image/jpeg"},
	    {".png", "image/png"},	 {".svg", "image/svg+xml"},	{".txt", "text/plain"},
	    {".htm", "text/html"},	 {".html", "text/html"},	{".pdf", "application/pdf"},
	    {".xml", "application/xml"}, {".json", "application/json"},
	};
	size_t length = strlen(filename);

	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++) {
		size_t ending = strlen(known[i].ending);

		if (length >= ending && !strcasecmp(filename + length - ending, known[i].ending))
			return known[i].type;
	}
	return NULL;
}

/* In the quotes of Content-Disposition (RFC 7578 section 4.2), as browsers write quotes and line ends. */
static void put_quoted(FILE *out, const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		if (text[i] == '"' || text[i] == '\r' || text[i] == '\n')
			fprintf(out, "%%%02X", (unsigned char)text[i]);
		else
			fputc(text[i], out);
	}
}

static int put_part(FILE *out, const char *item, struct part *part, struct vastar_error *err)
{
	const char *type, *filename, *slash;
	char *bytes = NULL;
	size_t length;
	int rc = parse_part(item, part, err);

	if (rc)
		return rc;
	if (part->kind != '=') {
		rc = read_input("-F", part->value, &bytes, &length, err);
		if (rc)
			return rc;
	}
	type = part->type;
	filename = part->filename;
	if (part->kind == '@' && !filename) {
		slash = strrchr(part->value, '/');
		filename = slash ? slash + 1 : part->value;
	}
	if (!type && filename)
		type = type_of(filename);
	if (!type && part->kind == '@')
		type = "application/octet-stream";
	fputs("\r\nContent-Disposition: form-data; name=\"", out);
	put_quoted(out, part->name, part->name_length);
	fputc('"', out);
	if (filename) {
		fputs("; filename=\"", out);
		put_quoted(out, filename, strlen(filename));
		fputc('"', out);
	}
	if (type)
		fprintf(out, "\r\nContent-Type: %s", type);
	fputs("\r\n\r\n", out);
	if (bytes)
		fwrite(bytes, 1, length, out);
	else
		fputs(part->value, out);
	free(bytes);
	return 0;
}

static int put_parts(FILE *out, const struct option_list *items, const char *boundary,
		     struct vastar_error *err)
{
	int rc = 0;

	for (size_t i = 0; !rc && i < items->count; i++) {
		struct part part = {0};

		fprintf(out, "%s--%s", i ? "\r\n" : "", boundary);
		rc = put_part(out, items->items[i], &part, err);
		part_free(&part);
	}
	fprintf(out, "\r\n--%s--\r\n", boundary);
	return rc;
}

static size_t occurrences(const char *bytes, size_t length, const char *text)
{
	const char *at = bytes, *found;
	size_t count = 0;

	for (; (found = memmem(at, length - (size_t)(at - bytes), text, strlen(text))); at = found + 1)
		count++;
	return count;
}

int form_multipart(const struct option_list *items, uint64_t seed, char **bodyp, size_t *lengthp,
		   char **typep, struct vastar_error *err)
{
	char boundary[64];
	int rc;

	*bodyp = NULL;
	do {
		FILE *out;

		free(*bodyp);
		*bodyp = NULL;
		snprintf(boundary, sizeof(boundary), "------------------------%016" PRIx64,
			 random_next(&seed));
		out = open_memstream(bodyp, lengthp);
		if (!out)
			return err_nomem(err, "request body");
		rc = finish(out, bodyp, put_parts(out, items, boundary, err), err);
		if (rc)
			return rc;
	} while (occurrences(*bodyp, *lengthp, boundary) != items->count + 1); /* a part has it, too */
	if (asprintf(typep, "multipart/form-data; boundary=%s", boundary) >= 0)
		return 0;
	*typep = NULL;
	free(*bodyp);
	*bodyp = NULL;
	return err_nomem(err, "request body");
}
