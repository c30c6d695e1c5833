/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Built-in headers are put into a list, each -H replaces what has its name, and the list is printed. As with
 * curl, "Name:" without a value takes a built-in header away and "Name;" sends it empty.
 */
#include "plan/request.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct field {
	char *name;
	char *value; /* NULL: not sent */
};

struct fields {
	struct field *list;
	size_t count;
	bool failed; /* out of memory: looked at once, at the end */
};

static bool is_token_text(const char *text, size_t length)
{
	if (!length)
		return false;
	for (size_t i = 0; i < length; i++) {
		char c = text[i];
		bool alnum = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');

		if (!alnum && (!c || !strchr("!#$%&'*+-.^_`|~", c)))
			return false;
	}
	return true;
}

/* RFC 9110 section 5.5: CR, LF and NUL would end the header, the other control characters are invalid. */
static bool is_value_text(const char *text)
{
	for (; *text; text++)
		if (((unsigned char)*text < ' ' && *text != '\t') || *text == 0x7f)
			return false;
	return true;
}

/* ---- the list ---- */

static void fields_free(struct fields *fields)
{
	for (size_t i = 0; i < fields->count; i++) {
		free(fields->list[i].name);
		free(fields->list[i].value);
	}
	free(fields->list);
}

static struct field *field_find(struct fields *fields, const char *name, size_t length)
{
	for (size_t i = 0; i < fields->count; i++)
		if (strlen(fields->list[i].name) == length &&
		    !strncasecmp(fields->list[i].name, name, length))
			return &fields->list[i];
	return NULL;
}

/* Replaces the header of that name, or adds one. Takes `value` (NULL: it is not sent, or there was no memory
 * for it). */
static void field_set(struct fields *fields, const char *name, size_t length, char *value)
{
	struct field *field = field_find(fields, name, length);

	if (!field) {
		struct field *grown = realloc(fields->list, (fields->count + 1) * sizeof(*grown));

		if (!grown) {
			fields->failed = true;
			free(value);
			return;
		}
		fields->list = grown;
		field = &grown[fields->count++];
		*field = (struct field){0};
	}
	free(field->name);
	free(field->value);
	field->name = strndup(name, length);
	field->value = value;
	if (!field->name) {
		fields->failed = true;
		field->name = strdup("");
	}
}

static void field_add(struct fields *fields, const char *name, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void field_add(struct fields *fields, const char *name, const char *format, ...)
{
	char *value;
	va_list args;

	va_start(args, format);
	if (vasprintf(&value, format, args) < 0) {
		fields->failed = true;
		value = NULL;
	}
	va_end(args);
	field_set(fields, name, strlen(name), value);
}

/* ---- the parts ---- */

/* RFC 4648 section 4. NULL: out of memory. */
static char *base64(const char *text)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	size_t length = strlen(text), used = 0;
	char *out = malloc((length + 2) / 3 * 4 + 1);

	for (size_t i = 0; out && i < length; i += 3) {
		size_t left = length - i;
		uint32_t bits = (uint32_t)(unsigned char)text[i] << 16;

		bits |= left > 1 ? (uint32_t)(unsigned char)text[i + 1] << 8 : 0;
		bits |= left > 2 ? (uint32_t)(unsigned char)text[i + 2] : 0;
		out[used++] = digits[bits >> 18];
		out[used++] = digits[bits >> 12 & 63];
		out[used++] = left > 1 ? digits[bits >> 6 & 63] : '=';
		out[used++] = left > 2 ? digits[bits & 63] : '=';
	}
	if (out)
		out[used] = '\0';
	return out;
}

static bool wants_length(const char *method)
{
	return !strcmp(method, "POST") || !strcmp(method, "PUT") || !strcmp(method, "PATCH");
}

static void add_built_in(struct fields *fields, const struct vastar_settings *s, const char *method,
			 const struct target *target)
{
	field_add(fields, "Host", "%s", target->authority);
	field_add(fields, "User-Agent", "vastar/%s", VASTAR_VERSION);
	field_add(fields, "Accept", "%s", s->accept ? s->accept : "*/*");
	if (!s->disable_compression)
		field_add(fields, "Accept-Encoding", "gzip, deflate");
	if (s->content_type || s->body)
		field_add(fields, "Content-Type", "%s", s->content_type ? s->content_type : "text/html");
	if (s->body || wants_length(method))
		field_add(fields, "Content-Length", "%zu", s->body ? s->body_length : 0);
	if (s->basic_auth) {
		char *encoded = base64(s->basic_auth);

		fields->failed |= !encoded;
		field_add(fields, "Authorization", "Basic %s", encoded ? encoded : "");
		free(encoded);
	}
	if (s->disable_keepalive)
		field_add(fields, "Connection", "close");
}

/* One -H. */
static int add_header(struct fields *fields, const char *header, struct vastar_error *err)
{
	size_t length = strcspn(header, ":;");
	const char *value = header + length + 1;
	char *copy = NULL;

	if (!header[length] || (header[length] == ';' && *value))
		return err_set(err, VASTAR_E_USAGE, "header '%.60s': no colon (write -H 'Name: value')",
			       header);
	if (!is_token_text(header, length))
		return err_set(
		    err, VASTAR_E_USAGE,
		    "header '%.60s': the name is not a token (letters, digits, '-': -H 'Name: value')",
		    header);
	if (!is_value_text(value))
		return err_set(err, VASTAR_E_USAGE,
			       "header '%.*s': its value holds a control character (take out line ends)",
			       (int)length, header);
	if (!strncasecmp(header, "Content-Length:", 15) || !strncasecmp(header, "Transfer-Encoding:", 18))
		return err_set(err, VASTAR_E_USAGE,
			       "header '%.*s': vastar frames the body itself (leave the header out, give the "
			       "body with -d "
			       "or -D)",
			       (int)length, header);
	value += strspn(value, " \t");
	if (!*value && header[length] == ':' && !strncasecmp(header, "Host:", 5))
		return err_set(err, VASTAR_E_USAGE,
			       "header 'Host': HTTP/1.1 cannot do without it (give it a value)");
	if (*value || header[length] == ';') {
		copy = strdup(value);
		fields->failed |= !copy;
	}
	field_set(fields, header, length, copy);
	return 0;
}

/* ---- printing ---- */

static int request_print(struct request *request, const char *method, const struct target *target,
			 const struct fields *fields, const void *body, size_t body_length,
			 struct vastar_error *err)
{
	char *bytes = NULL;
	size_t size = 0;
	FILE *out = fields->failed ? NULL : open_memstream(&bytes, &size);

	if (!out)
		return err_nomem(err, "request");
	fprintf(out, "%s %s HTTP/1.1\r\n", method, target->path);
	for (size_t i = 0; i < fields->count; i++)
		if (fields->list[i].value)
			fprintf(out, "%s: %s\r\n", fields->list[i].name, fields->list[i].value);
	fputs("\r\n", out);
	fflush(out);
	request->head_length = size;
	if (body_length)
		fwrite(body, 1, body_length, out);
	if (fclose(out)) {
		free(bytes);
		return err_nomem(err, "request");
	}
	request->bytes = bytes;
	request->length = size;
	request->head_method = !strcmp(method, "HEAD");
	request->idempotent = request->head_method || !strcmp(method, "GET") || !strcmp(method, "PUT") ||
			      !strcmp(method, "DELETE") || !strcmp(method, "OPTIONS") ||
			      !strcmp(method, "TRACE");
	return 0;
}

int request_build(struct request *request, const struct vastar_settings *s, const struct target *target,
		  struct vastar_error *err)
{
	const char *method = s->method ? s->method : "GET";
	struct fields fields = {0};
	int rc = 0;

	if (!is_token_text(method, strlen(method)))
		return err_set(err, VASTAR_E_USAGE, "method '%.40s': not an HTTP method (GET, POST, ...)",
			       method);
	if (!strcmp(method, "CONNECT"))
		return err_set(err, VASTAR_E_USAGE,
			       "method CONNECT: opens tunnels, which cannot be measured (use GET)");
	if (s->content_type && !is_value_text(s->content_type))
		return err_set(err, VASTAR_E_USAGE,
			       "content type: holds a control character (take it out of -T)");
	if (s->accept && !is_value_text(s->accept))
		return err_set(err, VASTAR_E_USAGE,
			       "accept header: holds a control character (take it out of -A)");
	if (s->basic_auth && !strchr(s->basic_auth, ':'))
		return err_set(err, VASTAR_E_USAGE, "basic auth: no colon (write -a user:password)");
	add_built_in(&fields, s, method, target);
	for (size_t i = 0; !rc && i < s->header_count; i++)
		rc = add_header(&fields, s->headers[i], err);
	if (!rc)
		rc = request_print(request, method, target, &fields, s->body, s->body ? s->body_length : 0,
				   err);
	fields_free(&fields);
	return rc;
}

/* ---- redirects ---- */

static bool starts_with(const char *line, const char *name)
{
	return !strncasecmp(line, name, strlen(name));
}

/* Reads the header lines of a request that request_print() wrote. */
static void fields_read(struct fields *fields, const struct request *from, bool to_get, bool same_host)
{
	const char *line = strstr(from->bytes, "\r\n") + 2, *end = from->bytes + from->head_length - 2;

	while (line < end) {
		const char *next = strstr(line, "\r\n") + 2;
		size_t name = strcspn(line, ":");
		bool secret = starts_with(line, "Authorization:") || starts_with(line, "Cookie:");

		if (!(to_get && starts_with(line, "Content-")) && !(secret && !same_host)) {
			char *value = strndup(line + name + 2, (size_t)(next - line) - name - 4);

			fields->failed |= !value;
			field_set(fields, line, name, value);
		}
		line = next;
	}
}

int request_redirect(struct request *request, const struct request *from, unsigned status,
		     const struct target *target, bool same_host, struct vastar_error *err)
{
	bool to_get = status <= 303 && !from->head_method;
	size_t method_length = strcspn(from->bytes, " ");
	char method[64];
	struct fields fields = {0};
	const struct field *host;
	int rc;

	snprintf(method, sizeof(method), "%.*s", to_get ? 3 : (int)method_length,
		 to_get ? "GET" : from->bytes);
	fields_read(&fields, from, to_get, same_host);
	/* A Host that the user set stays on the host that it was set for; its port follows the target when it
	 * had none. */
	host = field_find(&fields, "Host", 4);
	if (!host || !same_host || !strncasecmp(host->value, target->host, strlen(target->host)) ||
	    host->value[0] == '[')
		field_add(&fields, "Host", "%s", target->authority);
	rc = request_print(request, method, target, &fields, to_get ? NULL : from->bytes + from->head_length,
			   to_get ? 0 : from->length - from->head_length, err);
	fields_free(&fields);
	return rc;
}

void request_deinit(struct request *request)
{
	free(request->bytes);
	*request = (struct request){0};
}
