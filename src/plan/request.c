/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * A head is first a list of fields: the built-in ones, then the user's, each of which replaces or removes the
 * one with its name. The list only has views; request_write() turns it into bytes, followed by the body.
 */
#include "plan/request.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plan/basic_auth.h"
#include "plan/call.h"
#include "plan/proxy.h"

/* Not a limit of HTTP, but servers accept 8 to 64 KiB, so more than this is a mistake. */
enum { HEAD_MAX = 1 << 20 };

enum { BUILT_IN_FIELDS = 10 };

/* The fields of a WebSocket handshake that the user cannot set; in place of the key stand characters of its
 * length. */
static const char *const upgrade_fields[][2] = {
    {"Upgrade", "websocket"},		{"Connection", "Upgrade"},
    {"Sec-WebSocket-Version", "13"},	{"Sec-WebSocket-Key", "------------------------"},
    {"Sec-WebSocket-Extensions", NULL}, {"Sec-WebSocket-Accept", NULL},
};

struct field {
	const char *name, *value;
	size_t name_length, value_length;
};

struct head {
	const char *authority; /* the URL for absolute-form; NULL: origin-form */
	const char *method, *path;
	size_t method_length, path_length;
	struct field *fields; /* in the order in which they are sent */
	size_t count;
};

/* ---- fields ---- */

/* RFC 9110 section 5.6.2. */
static bool is_token(const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		char c = text[i];
		bool alnum = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');

		if (!alnum && (!c || !strchr("!#$%&'*+-.^_`|~", c)))
			return false;
	}
	return length > 0;
}

/* RFC 9110 section 5.5: a tab is the only control character in a field value. */
static bool has_control(const char *text)
{
	for (; *text; text++)
		if (((unsigned char)*text < ' ' && *text != '\t') || *text == 0x7f)
			return true;
	return false;
}

static bool field_is(const struct field *field, const char *name)
{
	return field->name_length == strlen(name) && !strncasecmp(field->name, name, field->name_length);
}

static bool field_starts(const struct field *field, const char *prefix)
{
	return field->name_length >= strlen(prefix) && !strncasecmp(field->name, prefix, strlen(prefix));
}

static struct field *head_find(const struct head *head, const struct field *like)
{
	for (size_t i = 0; i < head->count; i++)
		if (head->fields[i].name_length == like->name_length &&
		    !strncasecmp(head->fields[i].name, like->name, like->name_length))
			return &head->fields[i];
	return NULL;
}

static void head_remove(struct head *head, struct field *field)
{
	size_t behind = (size_t)(head->fields + head->count - field) - 1;

	memmove(field, field + 1, behind * sizeof(*field));
	head->count--;
}

static void head_add(struct head *head, const char *name, const char *value)
{
	head->fields[head->count++] = (struct field){name, value, strlen(name), strlen(value)};
}

/* ---- the user's headers ---- */

/* "Name: value", or "Name;" for an empty value, as in curl. Sets *removep, false before the call, for a colon
 * with nothing after it, which removes the header. */
static int header_parse(const char *text, struct field *field, bool *removep, struct vastar_error *err)
{
	size_t length = strcspn(text, ":");
	const char *value = text + length;
	size_t value_length;

	if (has_control(text))
		return err_set(err, VASTAR_E_USAGE,
			       "header (-H): it has a line break or another control character (one "
			       "header per -H)");
	if (*value) {
		value += 1 + strspn(value + 1, " \t");
		value_length = strlen(value);
		while (value_length && (value[value_length - 1] == ' ' || value[value_length - 1] == '\t'))
			value_length--;
		*removep = !value_length;
	} else if (length && text[length - 1] == ';') {
		length--;
		value_length = 0;
	} else {
		return err_set(err, VASTAR_E_USAGE,
			       "header (-H): \"%.100s\" has no colon (write \"Name: value\")", text);
	}
	if (!is_token(text, length))
		return err_set(err, VASTAR_E_USAGE,
			       "header (-H): \"%.*s\" is not a header name (letters, digits and \"-\", no "
			       "blank before the "
			       "colon)",
			       (int)(length > 100 ? 100 : length), text);
	*field = (struct field){text, value, length, value_length};
	return 0;
}

/* Is it a field of the handshake? */
static bool of_upgrade(const struct field *field)
{
	for (size_t i = 0; i < sizeof(upgrade_fields) / sizeof(*upgrade_fields); i++)
		if (field_is(field, upgrade_fields[i][0]))
			return true;
	return false;
}

static int head_apply(struct head *head, const char *text, bool upgrade, struct vastar_error *err)
{
	struct field field, *old;
	bool remove = false;
	int rc = header_parse(text, &field, &remove, err);

	if (rc)
		return rc;
	if (field_is(&field, "Content-Length") || field_is(&field, "Transfer-Encoding"))
		return err_set(err, VASTAR_E_USAGE,
			       "header (-H): %.*s comes from the body and cannot be set (leave it out)",
			       (int)field.name_length, field.name);
	if (upgrade && of_upgrade(&field))
		return err_set(
		    err, VASTAR_E_USAGE,
		    "header (-H): %.*s belongs to the WebSocket handshake and cannot be set (leave it "
		    "out)",
		    (int)field.name_length, field.name);
	if (remove && field_is(&field, "Host"))
		return err_set(err, VASTAR_E_USAGE,
			       "header (-H): Host cannot be removed, HTTP/1.1 requires it (give it a value)");
	old = head_find(head, &field);
	if (remove) {
		if (old)
			head_remove(head, old);
	} else if (old) {
		*old = field;
	} else {
		head->fields[head->count++] = field;
	}
	return 0;
}

/* ---- the settings ---- */

static const char *const known_methods[] = {"GET",   "HEAD",   "POST",	  "PUT",
					    "PATCH", "DELETE", "OPTIONS", "TRACE"};

/* Methods are case-sensitive (RFC 9110 section 9.1), and yet "-m post" means POST. */
static const char *method_of(const struct vastar_settings *settings)
{
	const char *method = settings->grpc ? "POST" : settings->method ? settings->method : "GET";

	for (size_t i = 0; i < sizeof(known_methods) / sizeof(known_methods[0]); i++)
		if (!strcasecmp(method, known_methods[i]))
			return known_methods[i];
	return method;
}

static bool method_is(const char *method, size_t length, const char *name)
{
	return length == strlen(name) && !memcmp(method, name, length);
}

static bool method_idempotent(const char *method, size_t length)
{
	static const char *const names[] = {"GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (method_is(method, length, names[i]))
			return true;
	return false;
}

/* A method whose requests usually have a body: without one they send length 0 (RFC 9110 section 8.6). */
static bool method_carries(const char *method)
{
	return !strcmp(method, "POST") || !strcmp(method, "PUT") || !strcmp(method, "PATCH");
}

static int settings_check(const struct vastar_settings *settings, const char *method,
			  struct vastar_error *err)
{
	static const char control[] = "it has a line break or another control character (remove it)";

	if (!is_token(method, strlen(method)))
		return err_set(err, VASTAR_E_USAGE,
			       "method (-m): \"%.40s\" is not an HTTP method (for example GET or POST)",
			       has_control(method) ? "" : method);
	if (!strcasecmp(method, "CONNECT"))
		return err_set(err, VASTAR_E_USAGE,
			       "method (-m): CONNECT opens a tunnel, which only a proxy does (use another)");
	if (settings->content_type && has_control(settings->content_type))
		return err_set(err, VASTAR_E_USAGE, "content type (-T): %s", control);
	if (settings->accept && has_control(settings->accept))
		return err_set(err, VASTAR_E_USAGE, "accept (-A): %s", control);
	if (settings->basic_auth && has_control(settings->basic_auth))
		return err_set(err, VASTAR_E_USAGE, "authorization (-a): %s", control);
	if (settings->basic_auth && !strchr(settings->basic_auth, ':'))
		return err_set(err, VASTAR_E_USAGE,
			       "authorization (-a): it has no colon (write USER:PASSWORD)");
	return 0;
}

/* In the order that gRPC's document gives. Bodies of calls have no Content-Length. */
static void head_of_call(struct head *head, const struct vastar_settings *settings,
			 const struct target *target, char timeout_text[24], const char *authorization)
{
	head_add(head, "Host", target->authority);
	head_add(head, "TE", "trailers");
	if (settings->timeout_ns) {
		call_timeout(timeout_text, settings->timeout_ns);
		head_add(head, "grpc-timeout", timeout_text);
	}
	head_add(head, "Content-Type", settings->content_type ? settings->content_type : "application/grpc");
	head_add(head, "User-Agent", "grpc-vastar/" VASTAR_VERSION);
	if (authorization)
		head_add(head, "Authorization", authorization);
}

/* `length_text` and `authorization` must live as long as *head. */
static void head_built_in(struct head *head, const struct vastar_settings *settings,
			  const struct target *target, char length_text[24], const char *authorization)
{
	bool body = settings->body_length > 0;

	head_add(head, "Host", target->authority);
	head_add(head, "User-Agent", "vastar/" VASTAR_VERSION);
	head_add(head, "Accept", settings->accept ? settings->accept : "*/*");
	if (!settings->disable_compression && !settings->stream && !settings->expect_count && !settings->ai)
		head_add(head, "Accept-Encoding", "gzip, deflate");
	if (body || settings->content_type)
		head_add(head, "Content-Type", settings->content_type ? settings->content_type : "text/html");
	if (body || method_carries(head->method)) {
		snprintf(length_text, 24, "%zu", settings->body_length);
		head_add(head, "Content-Length", length_text);
	}
	if (authorization)
		head_add(head, "Authorization", authorization);
	if (target_absolute(target) && target->proxy->authorization)
		head_add(head, "Proxy-Authorization", target->proxy->authorization);
	if (settings->disable_keepalive)
		head_add(head, "Connection", "close");
}

/* `authorization` must live as long as *head. */
static void head_upgrade(struct head *head, const struct vastar_settings *settings,
			 const struct target *target, const char *authorization)
{
	head_add(head, "Host", target->authority);
	head_add(head, "User-Agent", "vastar/" VASTAR_VERSION);
	if (settings->accept)
		head_add(head, "Accept", settings->accept);
	if (authorization)
		head_add(head, "Authorization", authorization);
	for (size_t i = 0; i < sizeof(upgrade_fields) / sizeof(*upgrade_fields); i++)
		if (upgrade_fields[i][1])
			head_add(head, upgrade_fields[i][0], upgrade_fields[i][1]);
	if (settings->ws_deflate)
		head_add(head, "Sec-WebSocket-Extensions",
			 "permessage-deflate; server_no_context_takeover; client_no_context_takeover");
}

/* Where the value of Sec-WebSocket-Key stands. */
static size_t find_key(const struct request *request)
{
	static const char before[] = "\r\nSec-WebSocket-Key: ";
	const char *at = memmem(request->bytes, request->head_length, before, sizeof(before) - 1);

	return (size_t)(at - request->bytes) + sizeof(before) - 1;
}

/* ---- bytes ---- */

static char *put(char *to, const char *from, size_t length)
{
	memcpy(to, from, length);
	return to + length;
}

/* Fills in *request except for custom_host. */
static int request_write(struct request *request, const struct head *head, const void *body,
			 size_t body_length, struct vastar_error *err)
{
	static const char version[] = " HTTP/1.1\r\n", scheme[] = "http://";
	size_t length = head->method_length + 1 + head->path_length + strlen(version) + 2;
	char *at;

	if (head->authority)
		length += strlen(scheme) + strlen(head->authority);

	for (size_t i = 0; i < head->count; i++)
		length += head->fields[i].name_length + 2 + head->fields[i].value_length + 2;
	if (length > HEAD_MAX)
		return err_set(err, VASTAR_E_USAGE,
			       "request: a head of %zu bytes is too long for a server (at most 1 MiB)",
			       length);
	at = malloc(length + body_length);
	if (!at)
		return err_nomem(err, "request");
	*request = (struct request){
	    .bytes = at,
	    .length = length + body_length,
	    .head_length = length,
	    .head_method = method_is(head->method, head->method_length, "HEAD"),
	    .idempotent = method_idempotent(head->method, head->method_length),
	    .absolute = head->authority != NULL,
	};
	at = put(at, head->method, head->method_length);
	at = put(at, " ", 1);
	if (head->authority) {
		at = put(at, scheme, strlen(scheme));
		at = put(at, head->authority, strlen(head->authority));
	}
	at = put(at, head->path, head->path_length);
	at = put(at, version, strlen(version));
	for (size_t i = 0; i < head->count; i++) {
		at = put(at, head->fields[i].name, head->fields[i].name_length);
		at = put(at, ": ", 2);
		at = put(at, head->fields[i].value, head->fields[i].value_length);
		at = put(at, "\r\n", 2);
	}
	at = put(at, "\r\n", 2);
	if (body_length)
		put(at, body, body_length);
	return 0;
}

int request_build(struct request *request, const struct vastar_settings *settings,
		  const struct target *target, struct vastar_error *err)
{
	struct head head = {.method = method_of(settings), .path = target->path};
	char *authorization = NULL, number_text[24];
	bool custom_host = false;
	int rc = settings_check(settings, head.method, err);

	if (rc)
		return rc;
	head.authority = target_absolute(target) ? target->authority : NULL;
	head.method_length = strlen(head.method);
	head.path_length = strlen(head.path);
	head.fields = malloc((BUILT_IN_FIELDS + settings->header_count) * sizeof(*head.fields));
	if (settings->basic_auth)
		authorization = basic_authorization(settings->basic_auth);
	if (!head.fields || (settings->basic_auth && !authorization)) {
		rc = err_nomem(err, "request");
	} else {
		if (settings->grpc)
			head_of_call(&head, settings, target, number_text, authorization);
		else if (target->websocket)
			head_upgrade(&head, settings, target, authorization);
		else
			head_built_in(&head, settings, target, number_text, authorization);
		for (size_t i = 0; !rc && i < settings->header_count; i++) {
			rc = head_apply(&head, settings->headers[i], target->websocket, err);
			custom_host |= !strncasecmp(settings->headers[i], "Host", 4) &&
				       strchr(":;", settings->headers[i][4]);
		}
	}
	if (!rc)
		rc = request_write(request, &head, settings->body,
				   target->websocket ? 0 : settings->body_length, err);
	if (!rc)
		request->custom_host = custom_host;
	if (!rc && target->websocket)
		request->key_at = find_key(request);
	if (!rc)
		rc =
		    expect_parse(settings->expect, settings->expect_count, "--expect", &request->expect, err);
	free(authorization);
	free(head.fields);
	return rc;
}

/* ---- redirects ---- */

/* Views into a head from request_write(), so its form is known. The line with the method leaves room for one
 * more field. */
static bool head_read(struct head *head, const struct request *request)
{
	const char *at = request->bytes, *end = request->bytes + request->head_length - 2;
	size_t capacity = 0;

	for (const char *line = at; line < end;
	     line = (const char *)memchr(line, '\n', (size_t)(end - line)) + 1)
		capacity++;
	*head = (struct head){.method = at, .fields = malloc(capacity * sizeof(*head->fields))};
	if (!head->fields)
		return false;
	head->method_length = (size_t)((const char *)memchr(at, ' ', (size_t)(end - at)) - at);
	at = (const char *)memchr(at, '\n', (size_t)(end - at)) + 1;
	while (at < end) {
		const char *line_end = memchr(at, '\r', (size_t)(end - at));
		const char *colon = memchr(at, ':', (size_t)(end - at));

		head->fields[head->count++] =
		    (struct field){at, colon + 2, (size_t)(colon - at), (size_t)(line_end - colon) - 2};
		at = line_end + 2;
	}
	return true;
}

int request_redirect(struct request *request, const struct request *from, unsigned status,
		     const struct target *target, bool same_host, struct vastar_error *err)
{
	bool drop_body = status != 307 && status != 308;
	bool keep_host = same_host && from->custom_host;
	bool absolute = target_absolute(target);
	/* All absolute requests go to the same proxy. */
	bool keep_proxy_auth = from->absolute == absolute && (absolute || same_host);
	size_t kept = 0;
	struct head head;
	int rc;

	if (!head_read(&head, from))
		return err_nomem(err, "redirect");
	if (drop_body && !from->head_method) {
		head.method = "GET";
		head.method_length = 3;
	}
	head.path = target->path;
	head.path_length = strlen(target->path);
	for (size_t i = 0; i < head.count; i++) {
		struct field *field = &head.fields[i];

		if (drop_body && field_starts(field, "Content-"))
			continue;
		/* Secrets that only the original host may see (RFC 9110 section 15.4). */
		if (!same_host && (field_is(field, "Authorization") || field_is(field, "Cookie")))
			continue;
		if (!keep_proxy_auth && field_is(field, "Proxy-Authorization"))
			continue;
		if (field_is(field, "Host") && !keep_host) {
			field->value = target->authority;
			field->value_length = strlen(target->authority);
		}
		head.fields[kept++] = *field;
	}
	head.count = kept;
	head.authority = absolute ? target->authority : NULL;
	if (absolute && !from->absolute && target->proxy->authorization)
		head_add(&head, "Proxy-Authorization", target->proxy->authorization);
	rc = request_write(request, &head, from->bytes + from->head_length,
			   drop_body ? 0 : from->length - from->head_length, err);
	if (!rc)
		request->custom_host = keep_host;
	free(head.fields);
	return rc;
}

void request_deinit(struct request *request)
{
	free(request->bytes);
	expect_deinit(&request->expect);
	*request = (struct request){0};
}
