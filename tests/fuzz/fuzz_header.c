/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Requests built from settings. Input: a byte of flags, then strings that end with NUL: method, content type,
 * accept, credentials, and headers. A clear flag leaves its string at the default.
 */
#include <strings.h>

#include "fuzz.h"
#include "plan/request.h"

enum { HEADERS_MAX = 12, PLACES = 4 };

enum flag {
	BODY = 1 << 4, /* above the flags of the strings */
	EMPTY_BODY = 1 << 5,
	PLAIN = 1 << 6, /* no compression */
	ONCE = 1 << 7,	/* no keep-alive */
};

struct line {
	const char *at;
	size_t length, name_length;
};

static bool token_byte(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c && strchr("!#$%&'*+-.^_`|~", c));
}

/* Checks each field line of a head. */
static size_t take_lines(const struct request *r, struct line *lines, size_t room)
{
	const char *at = memchr(r->bytes, '\n', r->head_length), *stop = r->bytes + r->head_length;
	size_t count = 0;

	MUST(at);
	for (at++; at < stop; count++) {
		const char *end = memchr(at, '\n', (size_t)(stop - at));
		size_t name = 0;

		MUST(end && end[-1] == '\r');
		if (end - at == 1) { /* the empty line: the head ends here and not before */
			MUST(end + 1 == stop);
			return count;
		}
		while (token_byte(at[name]))
			name++;
		MUST(name && at[name] == ':');
		for (const char *c = at + name; c < end - 1; c++)
			MUST(((unsigned char)*c >= ' ' && *c != 0x7f) || *c == '\t');
		MUST(count < room);
		lines[count] = (struct line){.at = at, .length = (size_t)(end - at) - 1, .name_length = name};
		at = end + 1;
	}
	MUST(!"a head without an end");
	return 0;
}

static void must_be_sound(const struct request *r)
{
	struct line lines[HEADERS_MAX + 16];
	size_t count, hosts = 0;
	const char *space;

	MUST(r->head_length <= r->length && r->length);
	MUST(!memchr(r->bytes, '\0', r->head_length));
	space = memchr(r->bytes, ' ', r->head_length);
	MUST(space && space > r->bytes && space[1] == '/');
	for (const char *c = r->bytes; c < space; c++)
		MUST(token_byte(*c));
	MUST(r->head_method == (space - r->bytes == 4 && !memcmp(r->bytes, "HEAD", 4)));
	count = take_lines(r, lines, sizeof(lines) / sizeof(lines[0]));
	for (size_t i = 0; i < count; i++) {
		hosts += lines[i].name_length == 4 && !strncasecmp(lines[i].at, "host", 4);
		for (size_t j = 0; j < i; j++)
			MUST(lines[i].name_length != lines[j].name_length ||
			     strncasecmp(lines[i].at, lines[j].at, lines[i].name_length));
	}
	MUST(hosts == 1);
}

static void redirect(const struct request *from)
{
	static const unsigned codes[] = {301, 303, 307};
	struct target target;

	MUST(!target_parse(&target, "http://other.example:81/moved?x", NULL));
	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
		struct vastar_error err = {.text = ""};
		struct request request;

		if (request_redirect(&request, from, codes[i], &target, i & 1, &err)) {
			MUST(*err.text);
			continue;
		}
		must_be_sound(&request);
		MUST(codes[i] == 307 || request.length == request.head_length);
		request_deinit(&request);
	}
	target_deinit(&target);
}

static void build(const struct vastar_settings *settings)
{
	struct vastar_error err = {.text = ""};
	struct request request;
	struct target target;

	MUST(!target_parse(&target, "http://host.example/path?query", NULL));
	if (request_build(&request, settings, &target, &err)) {
		MUST(err.status == VASTAR_E_USAGE && *err.text);
	} else {
		must_be_sound(&request);
		MUST(request.length - request.head_length == settings->body_length);
		redirect(&request);
		request_deinit(&request);
	}
	target_deinit(&target);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *strings[PLACES + HEADERS_MAX] = {NULL}, *at, *stop;
	struct vastar_settings settings = {.size = sizeof(settings)};
	size_t count = 0;
	char *text;

	if (!size)
		return 0;
	text = fuzz_string(data + 1, size - 1);
	for (at = text, stop = text + size; at < stop && count < PLACES + HEADERS_MAX; at += strlen(at) + 1)
		strings[count++] = at;
	settings.method = data[0] & 1 ? strings[0] : NULL;
	settings.content_type = data[0] & 2 ? strings[1] : NULL;
	settings.accept = data[0] & 4 ? strings[2] : NULL;
	settings.basic_auth = data[0] & 8 ? strings[3] : NULL;
	if (data[0] & (BODY | EMPTY_BODY))
		settings.body = "body\0\r\n\r\n";
	if (data[0] & BODY)
		settings.body_length = 9;
	settings.disable_compression = data[0] & PLAIN;
	settings.disable_keepalive = data[0] & ONCE;
	if (count > PLACES) {
		settings.headers = strings + PLACES;
		settings.header_count = count - PLACES;
	}
	build(&settings);
	free(text);
	return 0;
}
