/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "serve/http2_internal.h"
#include "serve/render.h"

enum { FLOOD_VALUE = 4000 }; /* bytes of each field of a flood */

/* Of the fields of HTTP/1.1, those that belong to the connection (RFC 9113 section 8.2.2). */
static bool is_of_connection(const char *name)
{
	return !strncmp(name, "Connection:", 11) || !strncmp(name, "Transfer-Encoding:", 18);
}

static void add(struct http2_head *head, char *name, size_t name_length, char *value, size_t value_length,
		uint8_t flags)
{
	head->fields[head->count++] = (nghttp2_nv){.name = (uint8_t *)name,
						   .value = (uint8_t *)value,
						   .namelen = name_length,
						   .valuelen = value_length,
						   .flags = flags};
}

static void lower(char *at, size_t length)
{
	for (; length; at++, length--)
		if (*at >= 'A' && *at <= 'Z')
			*at = (char)(*at - 'A' + 'a');
}

/* "HTTP/1.1 200 OK\r\nName: value\r\n...\r\n" */
static void add_lines(struct http2_head *head, char *at)
{
	static char status[] = ":status";

	add(head, status, 7, at + 9, 3, 0);
	for (at = strstr(at, "\r\n") + 2; *at != '\r'; at = strstr(at, "\r\n") + 2) {
		char *colon = strchr(at, ':');

		if (is_of_connection(at))
			continue;
		lower(at, (size_t)(colon - at));
		add(head, at, (size_t)(colon - at), colon + 2, (size_t)(strstr(at, "\r\n") - colon - 2), 0);
	}
}

/* Fields that are not indexed and that Huffman codes do not shorten, so that the block is as long as they
 * are. */
static void add_flood(struct http2_head *head, uint32_t flood)
{
	static char name[] = "x-flood", value[FLOOD_VALUE];

	memset(value, '~', sizeof(value));
	for (; flood; flood -= flood < FLOOD_VALUE ? flood : FLOOD_VALUE)
		add(head, name, sizeof(name) - 1, value, flood < FLOOD_VALUE ? flood : FLOOD_VALUE,
		    NGHTTP2_NV_FLAG_NO_INDEX);
}

static size_t count_lines(const char *at)
{
	size_t lines = 0;

	for (; (at = strstr(at, "\r\n")); at += 2)
		lines++;
	return lines;
}

bool http2_head_init(struct http2_head *head, const struct response *response, bool has_length,
		     uint64_t length, uint32_t flood)
{
	struct response final = *response;
	struct render_text text = {0};
	bool ok;

	*head = (struct http2_head){0};
	final.interim = 0;
	final.close = final.keep_alive = false;
	/* Takes the fields of the HTTP/1.1 response, without those about the connection, so that only one
	 * place makes them. */
	ok = render_head(&text, &final, has_length ? FRAMING_LENGTH : FRAMING_CLOSE, length) &&
	     render_add(&text, "", 1);
	head->text = text.bytes;
	if (ok)
		head->fields =
		    calloc(count_lines(text.bytes) + flood / FLOOD_VALUE + 1, sizeof(*head->fields));
	if (!head->fields) {
		http2_head_deinit(head);
		return false;
	}
	add_lines(head, text.bytes);
	add_flood(head, flood);
	return true;
}

void http2_head_deinit(struct http2_head *head)
{
	free(head->fields);
	free(head->text);
	*head = (struct http2_head){0};
}
