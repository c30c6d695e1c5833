/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * The HTTP/1.1 response parser. Input: a byte of flags (1: response to a HEAD, 2: a location is wanted),
 * three bytes for the lengths of the pieces, then the response. It is read whole, in pieces, through the
 * memo, for its body, with its body dropped where that is allowed, and with a peer that closes in the
 * middle. All must give the same result.
 */
#include "fuzz.h"
#include "proto/h1.h"

enum { PREFIX = 4, LOCATION_ROOM = 48 };

struct reading {
	struct h1_parser parser;
	struct h1_location location;
	char value[LOCATION_ROOM];
	enum h1_progress progress;
	size_t used;
};

struct response {
	bool head_request, wants_location;
	const char *bytes;
	size_t length;
	uint8_t pieces[3];
};

static void begin(struct reading *r, const struct response *a)
{
	memset(r, 0, sizeof(*r));
	r->location = (struct h1_location){.value = r->value, .capacity = sizeof(r->value)};
	h1_begin(&r->parser, a->head_request);
	r->progress = H1_MORE;
}

static void feed(struct reading *r, const struct response *a, struct h1_memo *memo, size_t count)
{
	struct h1_location *location = a->wants_location ? &r->location : NULL;
	const char *bytes = a->bytes + r->used;
	size_t used;

	if (memo)
		r->progress = h1_feed_memo(&r->parser, memo, bytes, count, &used, location);
	else
		r->progress = h1_feed(&r->parser, bytes, count, &used, location);
	MUST(used <= count);
	MUST(r->progress != H1_MORE || used == count);
	r->used += used;
}

static void must_agree(const struct reading *a, const struct reading *b)
{
	MUST(a->progress == b->progress);
	MUST(a->used == b->used);
	MUST(a->parser.left == b->parser.left);
	MUST(a->parser.body_bytes == b->parser.body_bytes);
	MUST(a->parser.length == b->parser.length);
	MUST(a->parser.head_bytes == b->parser.head_bytes);
	MUST(a->parser.status == b->parser.status);
	MUST(a->parser.state == b->parser.state);
	MUST(a->parser.value == b->parser.value);
	MUST(a->parser.item == b->parser.item);
	MUST(a->parser.flags == b->parser.flags);
	MUST(a->parser.error == b->parser.error);
	MUST(a->location.length == b->location.length);
	MUST(!memcmp(a->value, b->value, a->location.length));
	MUST(a->parser.text_length == b->parser.text_length);
	MUST(!memcmp(a->parser.text, b->parser.text,
		     a->parser.text_length < H1_TEXT_KEPT ? a->parser.text_length : H1_TEXT_KEPT));
}

/* Invariants at every moment. */
static void must_hold(const struct reading *r)
{
	const struct h1_parser *p = &r->parser;

	MUST((r->progress == H1_BROKEN) <= (p->error != H1_E_NONE));
	MUST(p->error < H1_ERROR_COUNT);
	MUST(p->body_bytes <= r->used);
	MUST(r->location.length <= LOCATION_ROOM);
	MUST(r->progress != H1_COMPLETE || h1_head_done(p));
	MUST(!h1_head_done(p) || (p->status >= 200 && p->status <= 599));
	MUST(h1_started(p) == (r->used > 0 || p->error));
	MUST(!h1_droppable(p) || (r->progress == H1_MORE && h1_droppable(p) == p->left));
}

static void read_pieces(const struct response *a, const struct reading *whole)
{
	struct reading r;

	begin(&r, a);
	for (size_t i = 0; r.progress == H1_MORE && r.used < a->length; i = (i + 1) % sizeof(a->pieces)) {
		size_t count = (size_t)a->pieces[i] + 1;

		feed(&r, a, NULL, count < a->length - r.used ? count : a->length - r.used);
		must_hold(&r);
	}
	must_agree(whole, &r);
}

/* First to fill the memo, perhaps with a response to the other method or without a location; then through the
 * memo; then with a head that is cut. */
static void read_memo(const struct response *a, const struct response *before, const struct reading *whole)
{
	struct h1_memo memo;
	struct reading r;

	memo.length = 0;
	begin(&r, before);
	feed(&r, before, &memo, before->length);
	begin(&r, a);
	feed(&r, a, &memo, a->length);
	must_agree(whole, &r);
	begin(&r, a);
	feed(&r, a, &memo, a->length < a->pieces[0] ? a->length : a->pieces[0]);
	if (r.progress == H1_MORE)
		feed(&r, a, NULL, a->length - r.used);
	must_agree(whole, &r);
}

static void read_dropped(const struct response *a, const struct reading *whole)
{
	struct reading r;

	begin(&r, a);
	for (size_t i = 0; r.progress == H1_MORE && r.used < a->length; i = (i + 1) % sizeof(a->pieces)) {
		size_t count = (size_t)a->pieces[i] + 1, rest = a->length - r.used;
		uint64_t droppable = h1_droppable(&r.parser);

		if (count > rest)
			count = rest;
		if (droppable) {
			count = count < droppable ? count : (size_t)droppable;
			r.progress = h1_dropped(&r.parser, count);
			r.used += count;
		} else {
			feed(&r, a, NULL, count);
		}
	}
	must_agree(whole, &r);
}

/* The pieces of the body, one after the other, are as long as the body, and lie in order within the bytes. */
static void read_body(const struct response *a, const struct reading *whole)
{
	struct h1_location *location;
	uint64_t total = 0;
	const char *behind = a->bytes;
	struct reading r;

	begin(&r, a);
	location = a->wants_location ? &r.location : NULL;
	for (size_t i = 0; r.progress == H1_MORE && r.used < a->length; i = (i + 1) % sizeof(a->pieces)) {
		size_t count = (size_t)a->pieces[i] + 1, used;
		struct h1_piece body;

		if (count > a->length - r.used)
			count = a->length - r.used;
		do {
			r.progress =
			    h1_feed_body(&r.parser, a->bytes + r.used, count, &used, location, &body);
			MUST(used <= count);
			MUST(r.progress != H1_MORE || used == count || body.length);
			if (body.length) {
				MUST(body.bytes >= behind);
				behind = body.bytes + body.length;
				MUST(behind == a->bytes + r.used + used);
			}
			total += body.length;
			r.used += used;
			count -= used;
		} while (r.progress == H1_MORE && count);
	}
	MUST(total == r.parser.body_bytes);
	must_agree(whole, &r);
}

static void must_be_printable(const struct h1_parser *p)
{
	char text[256];

	h1_describe(p, text, sizeof(text));
	for (const char *c = text; *c; c++)
		MUST(*c >= ' ' && *c < 0x7f);
}

static void read_closed(const struct reading *whole)
{
	struct reading r = *whole;
	enum h1_progress progress = h1_end(&r.parser);
	size_t used;

	if (whole->progress == H1_MORE && !r.parser.error)
		MUST(progress == H1_MORE || (h1_head_done(&r.parser) && !h1_keepalive(&r.parser)));
	else
		MUST(progress == (whole->progress == H1_MORE ? H1_BROKEN : whole->progress));
	if (progress == H1_MORE)
		return;
	MUST(h1_feed(&r.parser, "HTTP/1.1 200 OK\r\n", 17, &used, NULL) == progress);
	MUST(!used);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct response a, before;
	struct reading whole;

	if (size < PREFIX)
		return 0;
	a = (struct response){
	    .head_request = data[0] & 1,
	    .wants_location = data[0] & 2,
	    .bytes = (const char *)data + PREFIX,
	    .length = size - PREFIX,
	};
	memcpy(a.pieces, data + 1, sizeof(a.pieces));
	begin(&whole, &a);
	feed(&whole, &a, NULL, a.length);
	must_hold(&whole);
	must_be_printable(&whole.parser);
	read_pieces(&a, &whole);
	before = a;
	before.head_request ^= !!(data[0] & 4);
	before.wants_location ^= !!(data[0] & 8);
	read_memo(&a, &before, &whole);
	read_body(&a, &whole);
	read_dropped(&a, &whole);
	read_closed(&whole);
	return 0;
}
