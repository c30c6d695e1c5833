/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "serve/render.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* 1000 times 'x' as gzip (RFC 1952), fixed Huffman codes. */
static const unsigned char gzip_body[] = {0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03,
					  0xab, 0xa8, 0x18, 0x05, 0xa3, 0x60, 0x14, 0x0c, 0x77, 0x00,
					  0x00, 0xe6, 0xc9, 0x41, 0x3b, 0xe8, 0x03, 0x00, 0x00};

/* ---- text that grows ---- */

/* Makes room for `more` bytes; false: out of memory. */
static bool reserve(struct render_text *text, size_t more)
{
	size_t size = 2 * (text->used + more);
	char *bytes;

	if (text->used + more <= text->size)
		return true;
	bytes = realloc(text->bytes, size);
	if (!bytes)
		return false;
	text->bytes = bytes;
	text->size = size;
	return true;
}

bool render_add(struct render_text *text, const void *bytes, size_t length)
{
	if (!reserve(text, length))
		return false;
	memcpy(text->bytes + text->used, bytes, length);
	text->used += length;
	return true;
}

static bool add(struct render_text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));

static bool add(struct render_text *text, const char *format, ...)
{
	char line[256];
	va_list args;
	int length;

	va_start(args, format);
	length = vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	return render_add(text, line, (size_t)length < sizeof(line) ? (size_t)length : sizeof(line) - 1);
}

/* ---- the head ---- */

/* RFC 9110 section 15, and common codes of RFC 6585. "Unassigned": not defined. */
static const char *reason_of(unsigned status)
{
	static const struct {
		uint16_t status;
		const char *reason;
	} reasons[] = {
	    {100, "Continue"},
	    {101, "Switching Protocols"},
	    {102, "Processing"},
	    {103, "Early Hints"},
	    {200, "OK"},
	    {201, "Created"},
	    {202, "Accepted"},
	    {203, "Non-Authoritative Information"},
	    {204, "No Content"},
	    {205, "Reset Content"},
	    {206, "Partial Content"},
	    {300, "Multiple Choices"},
	    {301, "Moved Permanently"},
	    {302, "Found"},
	    {303, "See Other"},
	    {304, "Not Modified"},
	    {307, "Temporary Redirect"},
	    {308, "Permanent Redirect"},
	    {400, "Bad Request"},
	    {401, "Unauthorized"},
	    {403, "Forbidden"},
	    {404, "Not Found"},
	    {405, "Method Not Allowed"},
	    {408, "Request Timeout"},
	    {409, "Conflict"},
	    {410, "Gone"},
	    {413, "Content Too Large"},
	    {417, "Expectation Failed"},
	    {418, "I'm a teapot"},
	    {422, "Unprocessable Content"},
	    {426, "Upgrade Required"},
	    {429, "Too Many Requests"},
	    {431, "Request Header Fields Too Large"},
	    {500, "Internal Server Error"},
	    {501, "Not Implemented"},
	    {502, "Bad Gateway"},
	    {503, "Service Unavailable"},
	    {504, "Gateway Timeout"},
	    {505, "HTTP Version Not Supported"},
	};

	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
		if (reasons[i].status == status)
			return reasons[i].reason;
	return "Unassigned";
}

bool render_has_body(unsigned status)
{
	return status >= 200 && status != 204 && status != 304;
}

bool render_head(struct render_text *text, const struct response *response, enum framing framing,
		 uint64_t length)
{
	const char *type = response->sse		       ? "text/event-stream"
			   : response->body == RESPONSE_COUNTS ? "application/json"
							       : "text/plain";
	bool ok = true;

	if (response->interim)
		ok &= add(text, "HTTP/1.1 %u %s\r\n\r\n", response->interim, reason_of(response->interim));
	ok &= add(text, "HTTP/1.1 %u %s\r\n", response->status, reason_of(response->status));
	if (render_has_body(response->status)) {
		ok &= add(text, "Content-Type: %s\r\n", type);
		if (framing == FRAMING_LENGTH)
			ok &= add(text, "Content-Length: %" PRIu64 "\r\n", length);
		else if (framing == FRAMING_CHUNKED)
			ok &= add(text, "Transfer-Encoding: chunked\r\n");
	}
	if (response->body == RESPONSE_GZIP)
		ok &= add(text, "%sVary: Accept-Encoding\r\n",
			  response->gzip ? "Content-Encoding: gzip\r\n" : "");
	if (response->sse || response->body == RESPONSE_COUNTS)
		ok &= add(text, "Cache-Control: no-cache\r\n");
	if (response->status >= 300 && response->status < 400 && response->text_length) {
		ok &= add(text, "Location: ") && render_add(text, response->text, response->text_length) &&
		      add(text, "\r\n");
	}
	if (response->status == 426)
		ok &= add(text, "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n");
	if (response->close)
		ok &= add(text, "Connection: close\r\n");
	else if (response->keep_alive)
		ok &= add(text, "Connection: keep-alive\r\n");
	for (unsigned i = 1; i <= response->extra_headers; i++)
		ok &= add(text, "X-Extra-%u: The quick brown fox\r\n", i);
	return ok && add(text, "\r\n");
}

/* ---- bodies ---- */

static bool add_counts(struct render_text *text, const struct serve_counts *counts)
{
	bool ok, first = true;

	ok = add(text, "{\"requests\": %" PRIu64 ", \"status\": {", counts->requests);
	for (unsigned i = 0; i < 1000; i++) {
		if (counts->status[i]) {
			ok &= add(text, "%s\"%u\": %" PRIu64, first ? "" : ", ", i, counts->status[i]);
			first = false;
		}
	}
	return ok &&
	       add(text, "}, \"connections\": %" PRIu64 ", \"bytes_received\": %" PRIu64, counts->connections,
		   counts->bytes_received) &&
	       add(text, ", \"body_bytes\": %" PRIu64 ", \"bytes_sent\": %" PRIu64, counts->body_bytes,
		   counts->bytes_sent) &&
	       add(text, ", \"malformed\": %" PRIu64 ", \"resets\": %" PRIu64 ", \"faults\": %" PRIu64,
		   counts->malformed, counts->resets, counts->faults) &&
	       add(text, ", \"handshakes\": %" PRIu64 ", \"resumed\": %" PRIu64, counts->handshakes,
		   counts->resumed) &&
	       add(text,
		   ", \"handshake_errors\": %" PRIu64 ", \"tls_errors\": %" PRIu64 ", \"messages\": %" PRIu64,
		   counts->handshake_errors, counts->tls_errors, counts->messages) &&
	       add(text, ", \"http2_connections\": %" PRIu64 ", \"goaways\": %" PRIu64,
		   counts->http2_connections, counts->goaways) &&
	       add(text, ", \"refused_streams\": %" PRIu64 "}\n", counts->refused_streams);
}

bool render_short_body(struct render_text *text, const struct response *response,
		       const struct serve_counts *counts)
{
	switch (response->body) {
	case RESPONSE_STATUS:
		return add(text, "%s\n", reason_of(response->status));
	case RESPONSE_NOTE:
		return render_add(text, response->text, response->text_length);
	case RESPONSE_ECHO:
		return render_add(text, response->text, response->text_length) &&
		       add(text, " %" PRIu64 "\n", response->length);
	case RESPONSE_COUNTS:
		return add_counts(text, counts);
	case RESPONSE_GZIP:
		if (response->gzip)
			return render_add(text, gzip_body, sizeof(gzip_body));
		for (unsigned i = 0; i < RESPONSE_GZIP_BYTES; i++)
			if (!render_add(text, "x", 1))
				return false;
		return true;
	default:
		return true;
	}
}
