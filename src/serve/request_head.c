/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "serve/request_head.h"

#include <string.h>
#include <strings.h>

enum { KEY_LENGTH = 24 }; /* of Sec-WebSocket-Key */

/* A line of the head without its CRLF. */
struct text {
	const char *at, *end;
};

static bool text_is(struct text text, const char *name)
{
	size_t length = strlen(name);

	return (size_t)(text.end - text.at) == length && !strncasecmp(text.at, name, length);
}

static struct text trim(struct text text)
{
	while (text.at < text.end && (*text.at == ' ' || *text.at == '\t'))
		text.at++;
	while (text.at < text.end && (text.end[-1] == ' ' || text.end[-1] == '\t'))
		text.end--;
	return text;
}

/* The first `c`, or the end. */
static const char *find(struct text text, char c)
{
	while (text.at < text.end && *text.at != c)
		text.at++;
	return text.at;
}

/* Takes the next element of a list separated by commas. False: the end. */
static bool next_element(struct text *list, struct text *element)
{
	const char *comma = find(*list, ',');

	if (list->at == list->end)
		return false;
	*element = trim((struct text){list->at, comma});
	list->at = comma == list->end ? comma : comma + 1;
	return true;
}

static bool parse_length(struct text value, uint64_t *lengthp)
{
	uint64_t length = 0;

	if (value.at == value.end || value.end - value.at > 18)
		return false;
	for (; value.at < value.end; value.at++) {
		if (*value.at < '0' || *value.at > '9')
			return false;
		length = length * 10 + (uint64_t)(*value.at - '0');
	}
	*lengthp = length;
	return true;
}

/* "gzip" or "*" in Accept-Encoding, unless its weight is 0. */
static bool takes_gzip(struct text value)
{
	struct text coding;

	while (next_element(&value, &coding)) {
		const char *semicolon = find(coding, ';');
		struct text name = trim((struct text){coding.at, semicolon});

		if (!text_is(name, "gzip") && !text_is(name, "*"))
			continue;
		if (semicolon == coding.end)
			return true;
		for (const char *weight = find((struct text){semicolon, coding.end}, '=');
		     weight < coding.end; weight++)
			if (*weight >= '1' && *weight <= '9')
				return true;
	}
	return false;
}

bool request_takes_gzip(const char *value, size_t length)
{
	return takes_gzip((struct text){value, value + length});
}

/* The meaning of the headers so far. */
struct fields {
	unsigned hosts;
	bool has_length, has_coding, close, keep_alive, expect;
	bool upgrade, websocket, version13; /* of a WebSocket handshake; with its key: */
	struct text key;
};

/* Returns a status when the header is an error, else 0. */
static unsigned take_header(struct request *request, struct fields *fields, struct text name,
			    struct text value)
{
	struct text element;
	uint64_t length;

	switch (name.end - name.at) {
	case 4:
		fields->hosts += text_is(name, "host");
		break;
	case 6:
		if (!text_is(name, "expect"))
			break;
		if (!text_is(value, "100-continue"))
			return 417;
		fields->expect = true;
		break;
	case 7:
		fields->websocket |= text_is(name, "upgrade") && text_is(value, "websocket");
		break;
	case 10:
		if (!text_is(name, "connection"))
			break;
		while (next_element(&value, &element)) {
			fields->close |= text_is(element, "close");
			fields->keep_alive |= text_is(element, "keep-alive");
			fields->upgrade |= text_is(element, "upgrade");
		}
		break;
	case 14:
		if (!text_is(name, "content-length"))
			break;
		if (!parse_length(value, &length) || (fields->has_length && length != request->length))
			return 400;
		fields->has_length = true;
		request->length = length;
		break;
	case 15:
		if (text_is(name, "accept-encoding"))
			request->gzip |= takes_gzip(value);
		break;
	case 17:
		if (text_is(name, "sec-websocket-key"))
			fields->key = value;
		if (!text_is(name, "transfer-encoding"))
			break;
		if (fields->has_coding || !text_is(value, "chunked"))
			return 501;
		fields->has_coding = true;
		break;
	case 21:
		fields->version13 |= text_is(name, "sec-websocket-version") && text_is(value, "13");
		break;
	default:
		break;
	}
	return 0;
}

/* The line at *at, which is moved behind it. False: it does not end with CRLF. The head is complete, so
 * there is an end. */
static bool next_line(const char **at, const char *end, struct text *line)
{
	const char *newline = memchr(*at, '\n', (size_t)(end - *at));

	if (!newline || newline == *at || newline[-1] != '\r')
		return false;
	*line = (struct text){*at, newline - 1};
	*at = newline + 1;
	return true;
}

static unsigned parse_request_line(struct text line, struct request *request)
{
	const char *at = line.at, *target;

	while (at < line.end && is_token_char((unsigned char)*at))
		at++;
	if (at == line.at || at - line.at > REQUEST_METHOD_MAX || at == line.end || *at != ' ')
		return 400;
	request->method = line.at;
	request->method_length = (uint32_t)(at - line.at);
	target = ++at;
	while (at < line.end && (unsigned char)*at > ' ' && *at != 0x7f)
		at++;
	if (at == target || at == line.end || *at != ' ')
		return 400;
	request->target = target;
	request->target_length = (uint32_t)(at - target);
	at++;
	if (line.end - at != 8 || memcmp(at, "HTTP/", 5) || at[6] != '.' || at[5] < '0' || at[5] > '9' ||
	    at[7] < '0' || at[7] > '9')
		return 400;
	if (at[5] != '1')
		return 505;
	request->http10 = at[7] == '0';
	request->is_head = request->method_length == 4 && !memcmp(request->method, "HEAD", 4);
	request->is_connect = request->method_length == 7 && !memcmp(request->method, "CONNECT", 7);
	return 0;
}

static unsigned parse_headers(const char *at, const char *end, struct request *request, struct fields *fields)
{
	struct text line;

	for (;;) {
		struct text name, value;
		unsigned status;

		if (!next_line(&at, end, &line))
			return 400;
		if (line.at == line.end)
			return 0;
		name.at = name.end = line.at;
		while (name.end < line.end && is_token_char((unsigned char)*name.end))
			name.end++;
		if (name.end == name.at || name.end == line.end || *name.end != ':')
			return 400;
		value = (struct text){name.end + 1, line.end};
		for (const char *c = value.at; c < value.end; c++)
			if (!is_value_char((unsigned char)*c))
				return 400;
		status = take_header(request, fields, name, trim(value));
		if (status)
			return status;
	}
}

static bool asks_for_websocket(const struct request *request, const struct fields *fields)
{
	return fields->websocket && fields->upgrade && fields->version13 && !request->http10 &&
	       !request->has_body && request->method_length == 3 && !memcmp(request->method, "GET", 3) &&
	       fields->key.end - fields->key.at == KEY_LENGTH;
}

unsigned request_head_parse(const char *head, size_t length, struct request *request)
{
	struct fields fields = {0};
	const char *at = head, *end = head + length;
	struct text line;
	unsigned status;

	*request = (struct request){.head_bytes = (uint32_t)length};
	if (!next_line(&at, end, &line))
		return 400;
	status = parse_request_line(line, request);
	if (!status)
		status = parse_headers(at, end, request, &fields);
	if (status)
		return status;
	if (fields.hosts > 1 || (!fields.hosts && !request->http10))
		return 400;
	/* RFC 9112 section 6.1: both together may be request smuggling, and 1.0 has no codings. */
	if (fields.has_coding && (fields.has_length || request->http10))
		return 400;
	request->chunked = fields.has_coding;
	request->has_body = request->chunked || request->length;
	request->expect = fields.expect && request->has_body && !request->http10;
	request->close = fields.close || (request->http10 && !fields.keep_alive);
	request->keep_alive = request->http10 && !request->close;
	if (asks_for_websocket(request, &fields))
		request->key_at = (uint32_t)(fields.key.at - request->method);
	return 0;
}
