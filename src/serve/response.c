/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "serve/response.h"

#include <string.h>

#include "base/clock.h"

/* ---- the table of paths ---- */

enum { ARGUMENTS_MAX = 3 };

struct arguments {
	uint64_t numbers[ARGUMENTS_MAX];
	const char *rest; /* with `rest` in the table: what follows the numbers */
	uint32_t rest_length;
};

/* Fills in *response. False: invalid arguments. */
typedef bool fill(struct response *response, const struct request *request,
		  const struct arguments *arguments);

static bool fill_status(struct response *response, const struct request *request,
			const struct arguments *arguments)
{
	uint64_t status = arguments->numbers[0];

	(void)request;
	if (status < 100 || status > 999)
		return false;
	response->body = RESPONSE_STATUS;
	response->status = (uint16_t)status;
	if (status == 101) {
		/* As the final response: the client did not request another protocol on this connection. */
		response->close = true;
	} else if (status < 200) {
		response->interim = (uint16_t)status;
		response->status = 200;
	}
	return true;
}

static bool fill_bytes(struct response *response, const struct request *request,
		       const struct arguments *arguments)
{
	(void)request;
	response->body = RESPONSE_PATTERN;
	response->length = arguments->numbers[0];
	return response->length <= RESPONSE_BYTES_MAX;
}

static bool fill_chunked(struct response *response, const struct request *request,
			 const struct arguments *arguments)
{
	(void)request;
	response->body = RESPONSE_CHUNKED;
	response->length = arguments->numbers[0];
	response->chunk_bytes = RESPONSE_CHUNK_BYTES;
	return response->length <= RESPONSE_BYTES_MAX;
}

static bool fill_stream(struct response *response, const struct request *request,
			const struct arguments *arguments)
{
	(void)request;
	response->body = RESPONSE_STREAM;
	response->chunks = arguments->numbers[0];
	response->chunk_bytes = arguments->numbers[1];
	response->gap_ns = arguments->numbers[2] * NS_PER_MS;
	return response->chunks <= RESPONSE_BYTES_MAX && response->chunk_bytes &&
	       response->chunk_bytes <= RESPONSE_BYTES_MAX;
}

static bool fill_sse(struct response *response, const struct request *request,
		     const struct arguments *arguments)
{
	response->sse = true;
	return fill_stream(response, request, arguments) && response->chunk_bytes > 8;
}

static bool fill_delay(struct response *response, const struct request *request,
		       const struct arguments *arguments)
{
	(void)request;
	response->own_delay = true;
	response->delay_ns = arguments->numbers[0] * NS_PER_MS;
	return true;
}

static bool fill_close(struct response *response, const struct request *request,
		       const struct arguments *arguments)
{
	(void)request;
	(void)arguments;
	response->close = true;
	return true;
}

static bool fill_reset(struct response *response, const struct request *request,
		       const struct arguments *arguments)
{
	(void)request;
	(void)arguments;
	response->body = RESPONSE_RESET;
	response->close = true;
	return true;
}

static bool fill_redirect(struct response *response, const struct request *request,
			  const struct arguments *arguments)
{
	uint64_t status = arguments->numbers[0];

	(void)request;
	if (status < 300 || status > 399)
		return false;
	response->body = RESPONSE_STATUS;
	response->status = (uint16_t)status;
	response->text = arguments->rest;
	response->text_length = arguments->rest_length;
	return true;
}

static bool fill_echo(struct response *response, const struct request *request,
		      const struct arguments *arguments)
{
	(void)arguments;
	response->body = RESPONSE_ECHO;
	response->text = request->method;
	response->text_length = request->method_length;
	return true;
}

static bool fill_headers(struct response *response, const struct request *request,
			 const struct arguments *arguments)
{
	(void)request;
	if (arguments->numbers[0] > RESPONSE_EXTRA_MAX)
		return false;
	response->body = RESPONSE_STATUS;
	response->status = 200;
	response->extra_headers = (uint32_t)arguments->numbers[0];
	return true;
}

static bool fill_gzip(struct response *response, const struct request *request,
		      const struct arguments *arguments)
{
	(void)arguments;
	response->body = RESPONSE_GZIP;
	response->gzip = request->gzip;
	return true;
}

static bool fill_counts(struct response *response, const struct request *request,
			const struct arguments *arguments)
{
	(void)request;
	(void)arguments;
	response->body = RESPONSE_COUNTS;
	response->no_hold = true;
	return true;
}

static void set_note(struct response *response, unsigned status, const char *note)
{
	response->status = (uint16_t)status;
	response->body = RESPONSE_NOTE;
	response->text = note;
	response->text_length = (uint32_t)strlen(note);
}

static bool fill_websocket(struct response *response, const struct request *request,
			   const struct arguments *arguments)
{
	(void)arguments;
	if (request->key_at)
		*response = (struct response){.status = 101, .body = RESPONSE_WEBSOCKET, .no_hold = true};
	else
		set_note(response, 426, "this path speaks WebSocket, version 13 (ws:// or wss://)\n");
	return true;
}

static bool fill_until_close(struct response *response, const struct request *request,
			     const struct arguments *arguments)
{
	(void)request;
	response->body = RESPONSE_UNBOUNDED;
	response->length = arguments->numbers[0];
	response->close = true;
	return response->length <= RESPONSE_BYTES_MAX;
}

static bool fill_head_split(struct response *response, const struct request *request,
			    const struct arguments *arguments)
{
	(void)request;
	response->body = RESPONSE_STATUS;
	response->split = (uint32_t)arguments->numbers[0];
	return response->split && arguments->numbers[0] <= REQUEST_HEAD_MAX;
}

/* One row for each path: "/name", a number of "/NUMBER", and with `rest` "/ANYTHING". The status is 200
 * unless the row sets another. */
static const struct {
	const char *name;
	uint8_t numbers;
	bool rest;
	fill *fill;
} paths[] = {
    {"status", 1, false, fill_status},
    {"bytes", 1, false, fill_bytes},
    {"chunked", 1, false, fill_chunked},
    {"stream", 3, false, fill_stream},
    {"sse", 3, false, fill_sse},
    {"delay", 1, false, fill_delay},
    {"close", 0, false, fill_close},
    {"reset", 0, false, fill_reset},
    {"redirect", 1, true, fill_redirect},
    {"echo", 0, false, fill_echo},
    {"headers", 1, false, fill_headers},
    {"gzip", 0, false, fill_gzip},
    {"counts", 0, false, fill_counts},
    {"until-close", 1, false, fill_until_close},
    {"head-split", 1, false, fill_head_split},
    {"ws", 0, false, fill_websocket},
};

/* ---- reading a target ---- */

/* "/path" of "/path?query" and of "http://host/path?query" (RFC 9112 section 3.2.2). */
static void path_of(const struct request *request, const char **atp, const char **endp)
{
	const char *at = request->target, *end = at + request->target_length, *query;

	if (*at != '/') {
		const char *authority = memmem(at, (size_t)(end - at), "://", 3);

		at = authority ? memchr(authority + 3, '/', (size_t)(end - authority - 3)) : NULL;
		if (!at)
			at = end;
	}
	query = memchr(at, '?', (size_t)(end - at));
	*atp = at;
	*endp = query ? query : end;
}

/* "/123" at *at, at most 12 digits. */
static bool number(const char **at, const char *end, uint64_t *numberp)
{
	const char *digit = *at;

	if (digit == end || *digit++ != '/')
		return false;
	*numberp = 0;
	for (*at = digit; digit < end && *digit >= '0' && *digit <= '9'; digit++)
		*numberp = *numberp * 10 + (uint64_t)(*digit - '0');
	if (digit == *at || digit - *at > 12)
		return false;
	*at = digit;
	return true;
}

/* A path that is taken whole has its query with it. */
static bool read_arguments(const struct request *request, const char *at, const char *end, unsigned numbers,
			   bool rest, struct arguments *arguments)
{
	for (unsigned i = 0; i < numbers; i++)
		if (!number(&at, end, &arguments->numbers[i]))
			return false;
	arguments->rest = at;
	arguments->rest_length = (uint32_t)(request->target + request->target_length - at);
	return rest ? at < end && *at == '/' : at == end;
}

static void response_path(const struct serve_settings *settings, const struct request *request,
			  struct response *response)
{
	const char *at, *end, *name;

	path_of(request, &at, &end);
	if (at == end)
		return;
	name = ++at;
	while (at < end && *at != '/')
		at++;
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		struct arguments arguments = {0};
		struct response other = *response;

		if (strlen(paths[i].name) != (size_t)(at - name) ||
		    memcmp(paths[i].name, name, strlen(paths[i].name)))
			continue;
		/* Paths with their own response have status 200. */
		other.status =
		    paths[i].fill == fill_delay || paths[i].fill == fill_close ? settings->status : 200;
		if (read_arguments(request, at, end, paths[i].numbers, paths[i].rest, &arguments) &&
		    paths[i].fill(&other, request, &arguments))
			*response = other;
		else
			set_note(response, 404, "this path takes other arguments\n");
		return;
	}
}

void response_default(const struct serve_settings *settings, struct response *response)
{
	*response = (struct response){
	    .status = settings->status,
	    .body = RESPONSE_PLAIN,
	    .extra_headers = settings->extra_headers,
	    .length = settings->body_bytes,
	    .chunks = settings->stream_chunks,
	    .chunk_bytes = settings->stream_bytes,
	    .gap_ns = settings->stream_gap_ns,
	    .sse = settings->sse && settings->stream_chunks,
	};
	if (settings->stream_chunks)
		response->body = RESPONSE_STREAM;
}

void response_for(const struct serve_settings *settings, const struct request *request,
		  struct response *response)
{
	response_default(settings, response);
	response->close = request->close;
	if (request->is_connect) {
		set_note(response, 501, "this is no proxy\n");
		response->close = true;
	} else {
		response_path(settings, request, response);
	}
	response->is_head = request->is_head;
	response->no_chunks = request->http10;
	if (request->http10 && !response->is_head &&
	    (response->body == RESPONSE_CHUNKED || response->body == RESPONSE_STREAM))
		response->close = true;
	response->keep_alive = request->keep_alive && !response->close;
}

void response_error(unsigned status, struct response *response)
{
	*response = (struct response){.status = (uint16_t)status,
				      .body = RESPONSE_STATUS,
				      .close = true,
				      .no_hold = true,
				      .malformed = true};
}

void response_fault(struct response *response, unsigned number)
{
	static const char no_http[] = "HTTP/1.1 2oo OK\r\nContent-Length: 0\r\n\r\n";
	static const char cut[] = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nThis is not all of it.";

	*response = (struct response){
	    .status = 200, .body = number % 3 ? RESPONSE_BROKEN : RESPONSE_RESET, .close = true};
	response->text = number % 3 == 1 ? no_http : cut;
	response->text_length = number % 3 == 1 ? sizeof(no_http) - 1 : sizeof(cut) - 1;
}
