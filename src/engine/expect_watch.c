/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "engine/expect_watch.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_ROOM = 1024 };

void expect_watch_begin(struct expect_watch *watch)
{
	watch->head.length = watch->body.length = 0;
}

void expect_watch_free(struct expect_watch *watch)
{
	free(watch->head.bytes);
	free(watch->body.bytes);
}

static bool keep(struct kept_bytes *kept, const char *bytes, size_t length, size_t most)
{
	size_t room = kept->room ? kept->room : FIRST_ROOM;

	if (length > most - kept->length)
		length = most - kept->length;
	while (room < kept->length + length + 1)
		room *= 2;
	if (room > kept->room) {
		char *grown = realloc(kept->bytes, room);

		if (!grown)
			return false;
		kept->bytes = grown;
		kept->room = room;
	}
	memcpy(kept->bytes + kept->length, bytes, length);
	kept->length += length;
	kept->bytes[kept->length] = '\0';
	return true;
}

bool expect_watch_head(struct expect_watch *watch, const char *bytes, size_t length)
{
	return keep(&watch->head, bytes, length, EXPECT_HEAD_MAX);
}

bool expect_watch_body(struct expect_watch *watch, const char *bytes, size_t length)
{
	return keep(&watch->body, bytes, length, EXPECT_BODY_MAX);
}

unsigned expect_watch_judge(const struct expect_watch *watch, const struct expect *expect, unsigned status,
			    char text[EXPECT_TEXT])
{
	struct expect_response response = {
	    .status = status,
	    .head = watch->head.bytes ? watch->head.bytes : "",
	    .body = watch->body.bytes ? watch->body.bytes : "",
	    .head_length = watch->head.length,
	    .body_length = watch->body.length,
	};

	return expect_judge(expect, &response, text);
}
