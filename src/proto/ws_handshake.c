/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "proto/ws_handshake.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/base64.h"
#include "base/sha1.h"

/* ---- keys ---- */

void ws_key(const uint8_t random[16], char key[WS_KEY_LENGTH])
{
	base64(key, random, 16);
}

void ws_accept(const char key[WS_KEY_LENGTH], char accept[WS_ACCEPT_LENGTH])
{
	static const char magic[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
	char joined[WS_KEY_LENGTH + sizeof(magic) - 1];
	uint8_t digest[SHA1_SIZE];

	memcpy(joined, key, WS_KEY_LENGTH);
	memcpy(joined + WS_KEY_LENGTH, magic, sizeof(magic) - 1);
	sha1(joined, sizeof(joined), digest);
	base64(accept, digest, sizeof(digest));
}

/* ---- reading ---- */

struct text {
	const char *at, *end;
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static struct text trim(struct text text)
{
	while (text.at < text.end && is_blank(*text.at))
		text.at++;
	while (text.at < text.end && is_blank(text.end[-1]))
		text.end--;
	return text;
}

static bool text_is(struct text text, const char *name)
{
	size_t length = strlen(name);

	return (size_t)(text.end - text.at) == length && !strncasecmp(text.at, name, length);
}

/* The next element of a list; false at its end. */
static bool next_element(struct text *list, struct text *element)
{
	const char *comma;

	if (list->at >= list->end)
		return false;
	comma = memchr(list->at, ',', (size_t)(list->end - list->at));
	*element = trim((struct text){list->at, comma ? comma : list->end});
	list->at = comma ? comma + 1 : list->end;
	return true;
}

static bool has_element(struct text list, const char *name)
{
	struct text element;

	while (next_element(&list, &element))
		if (text_is(element, name))
			return true;
	return false;
}

/* Subprotocols are compared with regard to case (RFC 6455 section 4.1). */
static bool was_offered(const struct ws_offer *offer, struct text subprotocol)
{
	struct text list = {offer->subprotocols, offer->subprotocols + offer->subprotocols_length}, element;
	size_t length = (size_t)(subprotocol.end - subprotocol.at);

	while (offer->subprotocols && next_element(&list, &element))
		if ((size_t)(element.end - element.at) == length &&
		    !memcmp(element.at, subprotocol.at, length))
			return true;
	return false;
}

/* The line at *at without its end, which may be a bare LF; moves *at behind it. False: there is none. */
static bool next_line(const char **at, const char *end, struct text *line)
{
	const char *newline = *at < end ? memchr(*at, '\n', (size_t)(end - *at)) : NULL;

	if (!newline)
		return false;
	*line = (struct text){*at, newline > *at && newline[-1] == '\r' ? newline - 1 : newline};
	*at = newline + 1;
	return true;
}

/* "HTTP/1.1 101 ..."; 0: it is not that. */
static unsigned read_status(struct text line)
{
	unsigned status = 0;

	if (line.end - line.at < 12 || memcmp(line.at, "HTTP/1.", 7) || line.at[8] != ' ')
		return 0;
	for (unsigned i = 9; i < 12; i++) {
		if (line.at[i] < '0' || line.at[i] > '9')
			return 0;
		status = 10 * status + (unsigned)(line.at[i] - '0');
	}
	return line.end - line.at == 12 || line.at[12] == ' ' ? status : 0;
}

struct fields {
	bool upgrade, connection, accept, wrong_accept, extension, subprotocol;
	bool deflate, wrong_deflate;
};

/* The part before the next `mark`, trimmed; *rest goes on behind it. */
static struct text next_part(struct text *rest, char mark)
{
	const char *at = rest->at < rest->end ? memchr(rest->at, mark, (size_t)(rest->end - rest->at)) : NULL;
	struct text part = trim((struct text){rest->at, at ? at : rest->end});

	rest->at = at ? at + 1 : rest->end;
	return part;
}

/* "8" to "15", in quotes or not. */
static bool is_window(struct text bits)
{
	if (bits.end - bits.at >= 2 && *bits.at == '"' && bits.end[-1] == '"')
		bits = (struct text){bits.at + 1, bits.end - 1};
	if (bits.end - bits.at == 1)
		return *bits.at == '8' || *bits.at == '9';
	return bits.end - bits.at == 2 && *bits.at == '1' && bits.at[1] >= '0' && bits.at[1] <= '5';
}

/* RFC 7692 section 7.1: each parameter once; and none that was not offered. */
static bool deflate_fits(struct text parameters)
{
	unsigned server_context = 0, client_context = 0, window = 0;

	while (parameters.at < parameters.end) {
		struct text value = next_part(&parameters, ';'), name = next_part(&value, '=');

		if (text_is(name, "server_no_context_takeover") && value.at == value.end)
			server_context++;
		else if (text_is(name, "client_no_context_takeover") && value.at == value.end)
			client_context++;
		else if (text_is(name, "server_max_window_bits") && is_window(trim(value)))
			window++;
		else
			return false;
	}
	return server_context == 1 && client_context <= 1 && window <= 1;
}

static void take_extensions(struct fields *fields, struct text value, const struct ws_offer *offer)
{
	struct text extension;

	while (next_element(&value, &extension)) {
		struct text name = next_part(&extension, ';');

		if (!offer->deflate || !text_is(name, "permessage-deflate"))
			fields->extension |= name.at < name.end;
		else if (fields->deflate || !deflate_fits(extension))
			fields->wrong_deflate = true;
		else
			fields->deflate = true;
	}
}

static void take_field(struct fields *fields, struct text name, struct text value,
		       const struct ws_offer *offer)
{
	if (text_is(name, "Upgrade")) {
		fields->upgrade |= has_element(value, "websocket");
	} else if (text_is(name, "Connection")) {
		fields->connection |= has_element(value, "upgrade");
	} else if (text_is(name, "Sec-WebSocket-Accept")) {
		fields->accept = true;
		fields->wrong_accept |= value.end - value.at != WS_ACCEPT_LENGTH ||
					memcmp(value.at, offer->accept, WS_ACCEPT_LENGTH);
	} else if (text_is(name, "Sec-WebSocket-Extensions")) {
		take_extensions(fields, value, offer);
	} else if (text_is(name, "Sec-WebSocket-Protocol")) {
		fields->subprotocol |= !was_offered(offer, value);
	}
}

static enum ws_agreement judge(const struct fields *fields, const struct ws_offer *offer)
{
	if (!fields->upgrade)
		return WS_NO_UPGRADE;
	if (!fields->connection)
		return WS_NO_CONNECTION;
	if (!fields->accept)
		return WS_NO_ACCEPT;
	if (fields->wrong_accept)
		return WS_WRONG_ACCEPT;
	if (fields->extension)
		return WS_EXTENSION;
	if (fields->subprotocol)
		return WS_SUBPROTOCOL;
	if (fields->wrong_deflate)
		return WS_DEFLATE;
	return offer->deflate && !fields->deflate ? WS_NO_DEFLATE : WS_AGREED;
}

size_t ws_head_end(const char *bytes, size_t length, size_t from)
{
	const char *at = bytes + (from > 3 ? from - 3 : 0), *end = bytes + length;

	while (at < end && (at = memchr(at, '\n', (size_t)(end - at)))) {
		at++;
		if (at < end && *at == '\n')
			return (size_t)(at + 1 - bytes);
		if (end - at >= 2 && at[0] == '\r' && at[1] == '\n')
			return (size_t)(at + 2 - bytes);
	}
	return 0;
}

bool ws_head_begins(const char *bytes, size_t length)
{
	static const char beginning[] = "HTTP/1.";
	size_t most = sizeof(beginning) - 1;

	return !memcmp(bytes, beginning, length < most ? length : most);
}

struct ws_response ws_response_read(const char *head, size_t length, const struct ws_offer *offer)
{
	struct ws_response response = {.agreement = WS_NOT_HTTP};
	const char *at = head, *end = head + length;
	struct fields fields = {0};
	struct text line;

	if (!next_line(&at, end, &line) || !(response.status = read_status(line)))
		return response;
	response.agreement = WS_NOT_101;
	if (response.status != 101)
		return response;
	while (next_line(&at, end, &line) && line.at < line.end) {
		const char *colon = memchr(line.at, ':', (size_t)(line.end - line.at));

		if (colon)
			take_field(&fields, (struct text){line.at, colon},
				   trim((struct text){colon + 1, line.end}), offer);
	}
	response.agreement = judge(&fields, offer);
	return response;
}

/* ---- words ---- */

static const char *hint(unsigned status)
{
	switch (status) {
	case 401:
	case 403:
		return "it wants to know who asks: -a or -H";
	case 426:
		return "it wants another version of the protocol";
	default:
		return status / 100 == 3   ? "redirects are not followed"
		       : status / 100 == 5 ? "the server failed"
					   : "is this a WebSocket endpoint?";
	}
}

void ws_response_describe(const struct ws_response *response, char *text, size_t size)
{
	static const char *const texts[WS_AGREEMENTS] = {
	    [WS_AGREED] = "nothing",
	    [WS_NOT_HTTP] = "the response to the handshake is not HTTP/1.1",
	    [WS_NO_UPGRADE] = "the server responded 101 without \"Upgrade: websocket\"",
	    [WS_NO_CONNECTION] = "the server responded 101 without \"Connection: Upgrade\"",
	    [WS_NO_ACCEPT] = "the server responded 101 without Sec-WebSocket-Accept",
	    [WS_WRONG_ACCEPT] =
		"the server responded 101 with a Sec-WebSocket-Accept that does not fit the key",
	    [WS_EXTENSION] = "the server responded 101 with an extension that was not asked for",
	    [WS_SUBPROTOCOL] = "the server responded 101 with a subprotocol that was not asked for",
	    [WS_NO_DEFLATE] = "the server does not take permessage-deflate (leave --ws-deflate out)",
	    [WS_DEFLATE] = "the server takes permessage-deflate with parameters that were not asked for",
	};

	if (response->agreement == WS_NOT_101)
		snprintf(text, size, "the server responded %u, not 101: %s", response->status,
			 hint(response->status));
	else
		snprintf(text, size, "%s", texts[response->agreement]);
}
