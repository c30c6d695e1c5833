/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Keeps responses, as much as is needed to compare them with what the user expects. Only used with --expect
 * (plan->expects). */
#ifndef VASTAR_ENGINE_EXPECT_WATCH_H
#define VASTAR_ENGINE_EXPECT_WATCH_H

#include <stddef.h>

#include "plan/expect.h"

/* Grows to the longest part so far, then allocates nothing. */
struct kept_bytes {
	char *bytes; /* owned; a byte 0 is behind them */
	size_t length, room;
};

struct expect_watch {
	struct kept_bytes head, body;
};

void expect_watch_begin(struct expect_watch *watch);
void expect_watch_free(struct expect_watch *watch);

/* The next bytes of the head, and of the body. False: out of memory. */
bool expect_watch_head(struct expect_watch *watch, const char *bytes, size_t length);
bool expect_watch_body(struct expect_watch *watch, const char *bytes, size_t length);

/* The response is complete: as expect_judge(). */
unsigned expect_watch_judge(const struct expect_watch *watch, const struct expect *expect, unsigned status,
			    char text[EXPECT_TEXT]);

#endif
