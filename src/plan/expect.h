/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* What a response must be like (--expect): its status, header fields, its body. */
#ifndef VASTAR_PLAN_EXPECT_H
#define VASTAR_PLAN_EXPECT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

/* The part of a head, and of a body, that is kept to be compared; the rest is not. */
enum { EXPECT_HEAD_MAX = 64 * 1024, EXPECT_BODY_MAX = 1024 * 1024, EXPECT_TEXT = 200 };

struct expect_item;

struct expect {
	struct expect_item *items; /* owned */
	size_t count;		   /* 0: any response will do */
	bool body;		   /* one of them is about the body */
};

/* A complete response. A byte 0 is behind head and body: AddressSanitizer's regexec() reads up to it,
 * although REG_STARTEND gives the length. The head is as it was received, after interim responses or with
 * them; its last line is empty. */
struct expect_response {
	unsigned status;
	const char *head, *body;
	size_t head_length, body_length;
};

/*
 * Reads lists of items, separated by commas:
 *   status=200, status=2xx, or several: status=200|201|3xx
 *   header:Name, header:Name=Value, header:Name~REGEX
 *   body=TEXT, body~REGEX
 * A comma that no item follows belongs to the one before. REGEX is an extended regular expression of POSIX,
 * which may match anywhere; a header field must be equal, or match, in one of its lines. Call expect_deinit()
 * even after a failure; messages begin with `option`.
 */
int expect_parse(const char *const *lists, size_t count, const char *option, struct expect *expect,
		 struct vastar_error *err);
void expect_deinit(struct expect *expect);

/* The first item that the response does not meet, from 1; 0: it meets all. `text` then says what was
 * expected, and what was there instead. regexec() of glibc allocates memory while it searches. */
unsigned expect_judge(const struct expect *expect, const struct expect_response *response,
		      char text[EXPECT_TEXT]);

#endif
