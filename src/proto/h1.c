/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * The entry points of the parser. h1_feed() walks the bytes section by section: the head, then body data
 * or a chunk's line, then the trailers. This file enforces H1_HEAD_MAX for the sections made of lines: it
 * shows the parts that read them no more bytes than the limit still allows.
 */
#include "proto/h1_internal.h"

static struct h1_input input(struct h1_parser *p, const char *bytes, size_t length)
{
	if (length)
		p->flags |= H1_F_STARTED;
	return (struct h1_input){
	    .at = bytes,
	    .stop = bytes + length,
	    .mark = p->flags & H1_F_TEXT ? bytes : NULL,
	};
}

static enum h1_progress progress(const struct h1_parser *p)
{
	return p->state == H1_DONE ? H1_COMPLETE : p->state == H1_BROKEN_DONE ? H1_BROKEN : H1_MORE;
}

/* Takes a section made of lines, within its limit. */
static void take_lines(struct h1_parser *p, struct h1_input *in, struct h1_location *location)
{
	const char *from = in->at, *stop = in->stop;
	size_t room = H1_HEAD_MAX - p->head_bytes;
	bool chunk_line = p->state >= H1_CHUNK_SIZE;

	if ((size_t)(stop - from) > room)
		in->stop = from + room;
	if (chunk_line)
		h1_take_chunk_line(p, in);
	else
		h1_take_head(p, in, location);
	p->head_bytes += (uint32_t)(in->at - from);
	if (p->state >= H1_LENGTH_BODY || chunk_line != (p->state >= H1_CHUNK_SIZE))
		p->head_bytes = 0; /* the section has ended */
	else if (in->at < stop)
		h1_wrong_before(p, in, chunk_line ? H1_E_CHUNK_LINE : H1_E_HEAD_TOO_LARGE);
	in->stop = stop;
}

static inline void take_section(struct h1_parser *p, struct h1_input *in, struct h1_location *location)
{
	if (p->state < H1_LENGTH_BODY)
		take_lines(p, in, location);
	else
		h1_take_body(p, in);
}

static void take_all(struct h1_parser *p, struct h1_input *in, struct h1_location *location)
{
	while (in->at < in->stop && p->state < H1_BROKEN_TEXT)
		take_section(p, in, location);
	if (p->state == H1_BROKEN_TEXT)
		h1_take_wrong_text(p, in);
}

/* Stores what the parser needs to know when the next bytes come. */
static void leave(struct h1_parser *p, struct h1_input *in)
{
	p->flags &= (uint16_t)~H1_F_TEXT;
	if (in->mark) {
		h1_text_keep(p, in);
		p->flags |= H1_F_TEXT;
	}
}

void h1_begin(struct h1_parser *p, bool head_request)
{
	*p = (struct h1_parser){.state = H1_STATUS, .flags = H1_F_TEXT};
	if (head_request)
		p->flags |= H1_F_HEAD_REQUEST;
}

enum h1_progress h1_feed(struct h1_parser *p, const char *bytes, size_t length, size_t *usedp,
			 struct h1_location *location)
{
	struct h1_input in = input(p, bytes, length);

	take_all(p, &in, location);
	leave(p, &in);
	*usedp = (size_t)(in.at - bytes);
	return progress(p);
}

/* Like take_all(), up to the end of the first piece of the body. */
static void take_piece(struct h1_parser *p, struct h1_input *in, struct h1_location *location,
		       struct h1_piece *body)
{
	while (in->at < in->stop && p->state < H1_BROKEN_TEXT && !body->length) {
		const char *from = in->at;
		uint64_t before = p->body_bytes;

		take_section(p, in, location);
		*body = (struct h1_piece){from, (size_t)(p->body_bytes - before)};
	}
	if (p->state == H1_BROKEN_TEXT)
		h1_take_wrong_text(p, in);
}

enum h1_progress h1_feed_body(struct h1_parser *p, const char *bytes, size_t length, size_t *usedp,
			      struct h1_location *location, struct h1_piece *body)
{
	struct h1_input in = input(p, bytes, length);

	*body = (struct h1_piece){0};
	take_piece(p, &in, location, body);
	leave(p, &in);
	*usedp = (size_t)(in.at - bytes);
	return progress(p);
}

enum h1_progress h1_end(struct h1_parser *p)
{
	if (p->state == H1_CLOSE_BODY)
		p->state = H1_DONE;
	else if (p->state == H1_BROKEN_TEXT)
		p->state = H1_BROKEN_DONE;
	return progress(p);
}

uint64_t h1_droppable(const struct h1_parser *p)
{
	return p->state == H1_LENGTH_BODY || p->state == H1_CHUNK_DATA ? p->left : 0;
}

enum h1_progress h1_dropped(struct h1_parser *p, uint64_t count)
{
	if (h1_droppable(p))
		h1_pass_data(p, count);
	return progress(p);
}

uint64_t h1_mean_chunk(const struct h1_parser *p)
{
	/* In a head, `length` is not the number of chunks. But then no byte of a body has arrived either. */
	return p->length ? (p->body_bytes + h1_droppable(p)) / p->length : 0;
}

bool h1_has_length(const struct h1_parser *p)
{
	return p->flags & H1_F_LENGTH && !(p->flags & H1_F_CODED);
}

bool h1_until_close(const struct h1_parser *p)
{
	return p->state == H1_CLOSE_BODY;
}

bool h1_started(const struct h1_parser *p)
{
	return p->flags & H1_F_STARTED;
}

bool h1_head_done(const struct h1_parser *p)
{
	return p->flags & H1_F_HEAD_DONE;
}

/* RFC 9112 section 9.3, and section 6.1 for a Transfer-Encoding in an HTTP/1.0 response. */
bool h1_keepalive(const struct h1_parser *p)
{
	if (p->flags & (H1_F_CLOSE | H1_F_TO_CLOSE))
		return false;
	if (p->flags & H1_F_HTTP_1_0)
		return p->flags & H1_F_KEEP_ALIVE && !(p->flags & H1_F_CODED);
	return true;
}

/* ---- the memo ---- */

static bool fresh(const struct h1_parser *p)
{
	return p->state == H1_STATUS && !(p->flags & H1_F_STARTED);
}

/* The bytes begin with the remembered head, and the parser would read it the same way. */
static bool remembered(const struct h1_memo *memo, const struct h1_parser *p, const char *bytes,
		       size_t length, const struct h1_location *location)
{
	if (!memo->length || length < memo->length)
		return false;
	if ((memo->after.flags ^ p->flags) & H1_F_HEAD_REQUEST ||
	    (location && memo->after.flags & H1_F_LOCATION))
		return false;
	return !memcmp(memo->head, bytes, memo->length);
}

/* The head has just ended at `in->at`. */
static void remember(struct h1_memo *memo, const struct h1_parser *p, const struct h1_input *in,
		     const char *bytes, const struct h1_location *location)
{
	size_t length = (size_t)(in->at - bytes);

	if (!(p->flags & H1_F_HEAD_DONE) || p->flags & H1_F_INTERIM || length > sizeof(memo->head))
		return;
	if (location && p->flags & H1_F_LOCATION)
		return;
	memcpy(memo->head, bytes, length);
	memo->length = (uint32_t)length;
	memo->after = *p;
	if (in->mark) /* no byte of the new text has been seen yet */
		memo->after.flags |= H1_F_TEXT;
	else
		memo->after.flags &= (uint16_t)~H1_F_TEXT;
}

enum h1_progress h1_feed_memo(struct h1_parser *p, struct h1_memo *memo, const char *bytes, size_t length,
			      size_t *usedp, struct h1_location *location)
{
	struct h1_input in;

	if (!fresh(p))
		return h1_feed(p, bytes, length, usedp, location);
	if (remembered(memo, p, bytes, length, location)) {
		*p = memo->after;
		in = input(p, bytes + memo->length, length - memo->length);
	} else {
		in = input(p, bytes, length);
		while (in.at < in.stop && p->state < H1_CHUNK_SIZE)
			take_lines(p, &in, location);
		remember(memo, p, &in, bytes, location);
	}
	take_all(p, &in, location);
	leave(p, &in);
	*usedp = (size_t)(in.at - bytes);
	return progress(p);
}
