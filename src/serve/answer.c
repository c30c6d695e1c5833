/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "serve/answer.h"

#include <string.h>

#include "base/clock.h"

/* ---- the table of paths ---- */

enum { ARGUMENTS_MAX = 3 };

struct arguments {
	uint64_t numbers[ARGUMENTS_MAX];
	const char *rest; /* with `rest` in the table: what follows the numbers */
	uint32_t rest_length;
};

/* Fills in *answer; false: the arguments make no sense. */
typedef bool fill(struct answer *answer, const struct request *request, const struct arguments *arguments);

static bool fill_status(struct answer *answer, const struct request *request,
			const struct arguments *arguments)
{
	uint64_t status = arguments->numbers[0];

	(void)request;
	if (status < 100 || status > 999)
		return false;
	answer->body = ANSWER_STATUS;
	answer->status = (uint16_t)status;
	if (status == 101) {
		/* As the final response: the client did not ask for another protocol on this connection. */
		answer->close = true;
	} else if (status < 200) {
		answer->interim = (uint16_t)status;
		answer->status = 200;
	}
	return true;
}

static bool fill_bytes(struct answer *answer, const struct request *request,
		       const struct arguments *arguments)
{
	(void)request;
	answer->body = ANSWER_PATTERN;
	answer->length = arguments->numbers[0];
	return answer->length <= ANSWER_BYTES_MAX;
}

static bool fill_chunked(struct answer *answer, const struct request *request,
			 const struct arguments *arguments)
{
	(void)request;
	answer->body = ANSWER_CHUNKED;
	answer->length = arguments->numbers[0];
	answer->chunk_bytes = ANSWER_CHUNK_BYTES;
	return answer->length <= ANSWER_BYTES_MAX;
}

static bool fill_stream(struct answer *answer, const struct request *request,
			const struct arguments *arguments)
{
	(void)request;
	answer->body = ANSWER_STREAM;
	answer->chunks = arguments->numbers[0];
	answer->chunk_bytes = arguments->numbers[1];
	answer->gap_ns = arguments->numbers[2] * NS_PER_MS;
	return answer->chunks <= ANSWER_BYTES_MAX && answer->chunk_bytes &&
	       answer->chunk_bytes <= ANSWER_BYTES_MAX;
}

static bool fill_sse(struct answer *answer, const struct request *request, const struct arguments *arguments)
{
	answer->sse = true;
	return fill_stream(answer, request, arguments) && answer->chunk_bytes > 8;
}

static bool fill_delay(struct answer *answer, const struct request *request,
		       const struct arguments *arguments)
{
	(void)request;
	answer->own_delay = true;
	answer->delay_ns = arguments->numbers[0] * NS_PER_MS;
	return true;
}

static bool fill_close(struct answer *answer, const struct request *request,
		       const struct arguments *arguments)
{
	(void)request;
	(void)arguments;
	answer->close = true;
	return true;
}

static bool fill_reset(struct answer *answer, const struct request *request,
		       const struct arguments *arguments)
{
	(void)request;
	(void)arguments;
	answer->body = ANSWER_RESET;
	answer->close = true;
	return true;
}

static bool fill_redirect(struct answer *answer, const struct request *request,
			  const struct arguments *arguments)
{
	uint64_t status = arguments->numbers[0];

	(void)request;
	if (status < 300 || status > 399)
		return false;
	answer->body = ANSWER_STATUS;
	answer->status = (uint16_t)status;
	answer->text = arguments->rest;
	answer->text_length = arguments->rest_length;
	return true;
}

static bool fill_echo(struct answer *answer, const struct request *request, const struct arguments *arguments)
{
	(void)arguments;
	answer->body = ANSWER_ECHO;
	answer->text = request->method;
	answer->text_length = request->method_length;
	return true;
}

static bool fill_headers(struct answer *answer, const struct request *request,
			 const struct arguments *arguments)
{
	(void)request;
	if (arguments->numbers[0] > ANSWER_EXTRA_MAX)
		return false;
	answer->body = ANSWER_STATUS;
	answer->status = 200;
	answer->extra_headers = (uint32_t)arguments->numbers[0];
	return true;
}

static bool fill_gzip(struct answer *answer, const struct request *request, const struct arguments *arguments)
{
	(void)arguments;
	answer->body = ANSWER_GZIP;
	answer->gzip = request->gzip;
	return true;
}

static bool fill_counts(struct answer *answer, const struct request *request,
			const struct arguments *arguments)
{
	(void)request;
	(void)arguments;
	answer->body = ANSWER_COUNTS;
	answer->no_hold = true;
	return true;
}

static bool fill_until_close(struct answer *answer, const struct request *request,
			     const struct arguments *arguments)
{
	(void)request;
	answer->body = ANSWER_UNBOUNDED;
	answer->length = arguments->numbers[0];
	answer->close = true;
	return answer->length <= ANSWER_BYTES_MAX;
}

static bool fill_head_split(struct answer *answer, const struct request *request,
			    const struct arguments *arguments)
{
	(void)request;
	answer->body = ANSWER_STATUS;
	answer->split = (uint32_t)arguments->numbers[0];
	return answer->split && arguments->numbers[0] <= REQUEST_HEAD_MAX;
}

/* One row a path: "/name", so many "/NUMBER", and where `rest` is set "/ANYTHING". All rows but those that
 * say otherwise answer 200. */
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

static void set_note(struct answer *answer, unsigned status, const char *note)
{
	answer->status = (uint16_t)status;
	answer->body = ANSWER_NOTE;
	answer->text = note;
	answer->text_length = (uint32_t)strlen(note);
}

static void answer_path(const struct serve_settings *settings, const struct request *request,
			struct answer *answer)
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
		struct answer other = *answer;

		if (strlen(paths[i].name) != (size_t)(at - name) ||
		    memcmp(paths[i].name, name, strlen(paths[i].name)))
			continue;
		/* Paths that are about something else than the settings' response say 200. */
		other.status =
		    paths[i].fill == fill_delay || paths[i].fill == fill_close ? settings->status : 200;
		if (read_arguments(request, at, end, paths[i].numbers, paths[i].rest, &arguments) &&
		    paths[i].fill(&other, request, &arguments))
			*answer = other;
		else
			set_note(answer, 404, "this path takes other arguments\n");
		return;
	}
}

void answer_default(const struct serve_settings *settings, struct answer *answer)
{
	*answer = (struct answer){
	    .status = settings->status,
	    .body = ANSWER_PLAIN,
	    .extra_headers = settings->extra_headers,
	    .length = settings->body_bytes,
	    .chunks = settings->stream_chunks,
	    .chunk_bytes = settings->stream_bytes,
	    .gap_ns = settings->stream_gap_ns,
	    .sse = settings->sse && settings->stream_chunks,
	};
	if (settings->stream_chunks)
		answer->body = ANSWER_STREAM;
}

void answer_for(const struct serve_settings *settings, const struct request *request, struct answer *answer)
{
	answer_default(settings, answer);
	answer->close = request->close;
	if (request->is_connect) {
		set_note(answer, 501, "this is no proxy\n");
		answer->close = true;
	} else {
		answer_path(settings, request, answer);
	}
	answer->is_head = request->is_head;
	answer->no_chunks = request->http10;
	if (request->http10 && !answer->is_head &&
	    (answer->body == ANSWER_CHUNKED || answer->body == ANSWER_STREAM))
		answer->close = true;
	answer->keep_alive = request->keep_alive && !answer->close;
}

void answer_error(unsigned status, struct answer *answer)
{
	*answer = (struct answer){.status = (uint16_t)status,
				  .body = ANSWER_STATUS,
				  .close = true,
				  .no_hold = true,
				  .malformed = true};
}

void answer_fault(struct answer *answer, unsigned number)
{
	static const char no_http[] = "HTTP/1.1 2oo OK\r\nContent-Length: 0\r\n\r\n";
	static const char cut[] = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nThis is not all of it.";

	*answer =
	    (struct answer){.status = 200, .body = number % 3 ? ANSWER_BROKEN : ANSWER_RESET, .close = true};
	answer->text = number % 3 == 1 ? no_http : cut;
	answer->text_length = number % 3 == 1 ? sizeof(no_http) - 1 : sizeof(cut) - 1;
}
