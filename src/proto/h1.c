/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * The machine works on lines: status line, header lines, chunk-size lines, trailer lines. Of each line only
 * the first H1_LINE_KEPT bytes are kept, for the name of a header and for the sentence of an error; values
 * that matter are read digit by digit and token by token while they pass.
 *
 * Decisions where RFC 9112 leaves room:
 * - A lone LF ends a line (section 2.2: MAY). A CR that is not followed by LF is an error (section 2.2:
 * invalid).
 * - Folded header lines (section 5.2) are taken as what a user agent must make of them, a space: the value
 * goes on. As the first line of a head, or among trailers, they are errors.
 * - White space before the colon is an error (section 5.1 has a proxy remove it; a measuring client must not
 * guess).
 * - A status line may end after the code, without the space (section 4: some servers leave it out with the
 * phrase).
 * - Nothing may stand before the status line: CRLF after a body belongs to nobody (section 2.2 allows it for
 * requests).
 * - Transfer-Encoding in an HTTP/1.0 answer is faulty framing (section 6.1): read as told, the connection
 * then closed.
 * - A final coding other than chunked lasts until the peer closes (section 6.3, rule 4); chunked twice is an
 * error.
 */
#include "proto/h1.h"

#include <stdio.h>
#include <string.h>

enum state {
	ST_STATUS,     /* the status line */
	ST_STATUS_CR,  /* CR seen in it: LF must follow, here and in the other _CR states */
	ST_LINE_START, /* first byte of a header line, or of the empty one */
	ST_NAME,
	ST_VALUE_START, /* white space before the value */
	ST_VALUE,
	ST_LINE_CR,
	ST_EMPTY_CR, /* in the empty line that ends the head or the trailers */
	ST_LENGTH_BODY,
	ST_CLOSE_BODY,
	ST_CHUNK_SIZE,
	ST_CHUNK_EXT, /* behind the size: extension, ignored */
	ST_CHUNK_SIZE_CR,
	ST_CHUNK_DATA,
	ST_CHUNK_END, /* CRLF behind the data */
	ST_CHUNK_END_CR,
	ST_DONE,
	ST_BROKEN,
};

enum flag {
	F_HEAD_REQUEST = 1 << 0,
	F_STARTED = 1 << 1,
	F_HTTP_1_0 = 1 << 2,
	F_CLOSE = 1 << 3,
	F_KEEP_ALIVE = 1 << 4,
	F_LENGTH = 1 << 5,	/* a Content-Length has been seen */
	F_CODING = 1 << 6,	/* a Transfer-Encoding has been seen */
	F_CHUNKED = 1 << 7,	/* ... and its last coding so far is chunked */
	F_TRAILER = 1 << 8,	/* the lines are trailers */
	F_ANY_LINE = 1 << 9,	/* a header line has been seen: folding is possible */
	F_DIGITS = 1 << 10,	/* a number or token has begun */
	F_NUMBER_END = 1 << 11, /* white space behind a number */
	F_HEAD_DONE = 1 << 12,
	F_BODY_END = 1 << 13, /* until close: known to end with the stream */
	F_VALUE_SHIFT = 14,   /* two bits: enum header, which value is being read */
};

enum header { HEADER_OTHER, HEADER_LENGTH, HEADER_CODING, HEADER_CONNECTION };
enum { LOCATION_VALUE = 0x80 }; /* in `line_length`: the value of Location is being read */

/* Longest tokens that matter: "keep-alive", "chunked". */
enum { TOKEN_KEPT = 12 };

static const char *const error_texts[H1_ERROR_COUNT] = {
#define X(name, text) [name] = text,
    H1_ERRORS(X)
#undef X
};

static enum header value_of(const struct h1_parser *p)
{
	return (enum header)(p->flags >> F_VALUE_SHIFT & 3);
}

static void set_value(struct h1_parser *p, enum header header)
{
	p->flags = (uint16_t)((p->flags & ~(3u << F_VALUE_SHIFT)) | (unsigned)header << F_VALUE_SHIFT);
}

static void set_flags(struct h1_parser *p, unsigned flags)
{
	p->flags = (uint16_t)(p->flags | flags);
}

static void clear_flags(struct h1_parser *p, unsigned flags)
{
	p->flags = (uint16_t)(p->flags & ~flags);
}

static enum h1_progress broken(struct h1_parser *p, enum h1_error error)
{
	p->error = (uint8_t)error;
	p->state = ST_BROKEN;
	return H1_BROKEN;
}

static unsigned kept(const struct h1_parser *p)
{
	return p->line_length & ~(unsigned)LOCATION_VALUE;
}

static void keep(struct h1_parser *p, char byte)
{
	if (kept(p) < H1_LINE_KEPT)
		p->line[p->line_length++ & ~LOCATION_VALUE] = byte;
}

static char lower(char byte)
{
	return byte >= 'A' && byte <= 'Z' ? (char)(byte + 32) : byte;
}

static bool is_digit(char byte)
{
	return byte >= '0' && byte <= '9';
}

/* RFC 9110 section 5.6.2, a bit for each of the 128 ASCII characters. */
static bool is_token(char byte)
{
	static const uint64_t tokens[2] = {0x03ff6cfa00000000ull, 0x57ffffffc7fffffeull};
	unsigned char c = (unsigned char)byte;

	return c < 128 && tokens[c >> 6] >> (c & 63) & 1;
}

/* RFC 9110 section 5.5: visible, space, tab and obs-text. */
static bool is_value(char byte)
{
	return ((unsigned char)byte >= ' ' && byte != 0x7f) || byte == '\t';
}

static bool equals(const char *text, size_t length, const char *word)
{
	if (strlen(word) != length)
		return false;
	for (size_t i = 0; i < length; i++)
		if (lower(text[i]) != word[i])
			return false;
	return true;
}

void h1_begin(struct h1_parser *p, bool head_request)
{
	p->left = p->body_bytes = p->content_length = 0;
	p->head_bytes = 0;
	p->status = 0;
	p->state = ST_STATUS;
	p->error = H1_E_NONE;
	p->flags = head_request ? F_HEAD_REQUEST : 0;
	p->line_length = 0;
}

/* ---- the ends of lines ---- */

/* "HTTP/1.x NNN phrase": the whole line is judged from what was kept of it. */
static enum h1_progress status_line_end(struct h1_parser *p)
{
	const char *line = p->line;
	unsigned length = kept(p);

	if (length < 5 || memcmp(line, "HTTP/", 5))
		return broken(p, H1_E_STATUS_LINE);
	if (length < 8 || line[5] != '1' || line[6] != '.' || (line[7] != '0' && line[7] != '1') ||
	    (length > 8 && line[8] != ' '))
		return broken(p, H1_E_VERSION);
	if (length < 12 || !is_digit(line[9]) || !is_digit(line[10]) || !is_digit(line[11]) ||
	    (length > 12 && line[12] != ' ') || line[9] < '1' || line[9] > '5')
		return broken(p, H1_E_STATUS_CODE);
	p->status = (uint16_t)((line[9] - '0') * 100 + (line[10] - '0') * 10 + line[11] - '0');
	if (p->status == 101)
		return broken(p, H1_E_UNASKED_UPGRADE);
	if (line[7] == '0')
		set_flags(p, F_HTTP_1_0);
	p->state = ST_LINE_START;
	return H1_MORE;
}

static enum h1_progress done(struct h1_parser *p)
{
	p->state = ST_DONE;
	return H1_COMPLETE;
}

/* RFC 9112 section 6.3, in its order. */
static enum h1_progress head_end(struct h1_parser *p)
{
	if (p->status < 200) { /* interim: the final answer follows, with a head of its own */
		uint32_t head_bytes = p->head_bytes;

		h1_begin(p, p->flags & F_HEAD_REQUEST);
		p->head_bytes = head_bytes;
		set_flags(p, F_STARTED);
		return H1_MORE;
	}
	set_flags(p, F_HEAD_DONE);
	if (p->flags & F_HEAD_REQUEST || p->status == 204 || p->status == 304)
		return done(p);
	p->line_length = 0;
	p->head_bytes = 0;
	if (p->flags & F_CODING) {
		if (p->flags & F_HTTP_1_0)
			set_flags(p, F_CLOSE);
		p->left = 0;
		p->state = p->flags & F_CHUNKED ? ST_CHUNK_SIZE : ST_CLOSE_BODY;
	} else if (p->flags & F_LENGTH) {
		p->left = p->content_length;
		p->state = ST_LENGTH_BODY;
		if (!p->left)
			return done(p);
	} else {
		p->state = ST_CLOSE_BODY;
	}
	if (p->state == ST_CLOSE_BODY)
		set_flags(p, F_BODY_END | F_CLOSE);
	clear_flags(p, F_DIGITS | F_NUMBER_END);
	return H1_MORE;
}

/* One element of a Content-Length value ends: "5", or one of "5, 5". */
static enum h1_progress length_end(struct h1_parser *p)
{
	if (!(p->flags & F_DIGITS))
		return broken(p, H1_E_LENGTH_INVALID);
	if (p->flags & F_LENGTH && p->content_length != p->left)
		return broken(p, H1_E_LENGTH_CONFLICT);
	p->content_length = p->left;
	p->left = 0;
	set_flags(p, F_LENGTH);
	clear_flags(p, F_DIGITS | F_NUMBER_END);
	return H1_MORE;
}

static enum h1_progress length_byte(struct h1_parser *p, char byte)
{
	keep(p, byte);
	if (byte == ',')
		return length_end(p);
	if (byte == ' ' || byte == '\t') {
		if (p->flags & F_DIGITS)
			set_flags(p, F_NUMBER_END);
		return H1_MORE;
	}
	if (!is_digit(byte) || p->flags & F_NUMBER_END)
		return broken(p, H1_E_LENGTH_INVALID);
	/* Beyond what a signed 64-bit offset can count nothing sensible follows. */
	if (p->left > ((uint64_t)INT64_MAX - (uint64_t)(byte - '0')) / 10)
		return broken(p, H1_E_LENGTH_OVERFLOW);
	p->left = p->left * 10 + (uint64_t)(byte - '0');
	set_flags(p, F_DIGITS);
	return H1_MORE;
}

/* One token of Transfer-Encoding or Connection ends; it stands in `line` from its start. Parameters of a
 * coding are no part of its name. */
static enum h1_progress token_end(struct h1_parser *p)
{
	unsigned length = kept(p);

	while (length && (p->line[length - 1] == ' ' || p->line[length - 1] == '\t'))
		length--;
	if (!length)
		return H1_MORE;
	if (value_of(p) == HEADER_CONNECTION) {
		if (equals(p->line, length, "close"))
			set_flags(p, F_CLOSE);
		else if (equals(p->line, length, "keep-alive"))
			set_flags(p, F_KEEP_ALIVE);
	} else {
		bool chunked = equals(p->line, length, "chunked");

		if (chunked && p->flags & F_CHUNKED)
			return broken(p, H1_E_CODING);
		set_flags(p, F_CODING);
		clear_flags(p, F_CHUNKED);
		if (chunked)
			set_flags(p, F_CHUNKED);
	}
	p->line_length = 0;
	return H1_MORE;
}

static enum h1_progress token_byte(struct h1_parser *p, char byte)
{
	if (byte == ',') {
		enum h1_progress progress = token_end(p);

		p->line_length = 0;
		return progress;
	}
	if (kept(p) || (byte != ' ' && byte != '\t'))
		keep(p, byte);
	return H1_MORE;
}

static bool name_is(const struct h1_parser *p, const char *name)
{
	return equals(p->line, kept(p), name);
}

/* The colon is reached: does this value matter? */
static void name_end(struct h1_parser *p, const struct h1_location *location)
{
	enum header header = HEADER_OTHER;

	p->state = ST_VALUE_START;
	if (p->flags & F_TRAILER) { /* never framing: RFC 9110 section 6.5.1 */
		set_value(p, header);
		return;
	}
	if (name_is(p, "content-length"))
		header = HEADER_LENGTH;
	else if (name_is(p, "transfer-encoding"))
		header = HEADER_CODING;
	else if (name_is(p, "connection"))
		header = HEADER_CONNECTION;
	else if (location && !location->length && name_is(p, "location"))
		p->line_length |= LOCATION_VALUE;
	set_value(p, header);
	p->left = 0;
	clear_flags(p, F_DIGITS | F_NUMBER_END);
	if (header != HEADER_OTHER) /* from here on the value is what an error shows */
		p->line_length = 0;
}

/* The value of a header is complete; it ends only here, since the next line might have gone on with it. */
static enum h1_progress value_end(struct h1_parser *p, struct h1_location *location)
{
	enum header header = value_of(p);

	if (p->line_length & LOCATION_VALUE && location)
		while (location->length && (location->value[location->length - 1] == ' ' ||
					    location->value[location->length - 1] == '\t'))
			location->length--;
	set_value(p, HEADER_OTHER);
	if (header == HEADER_LENGTH)
		return length_end(p);
	if (header == HEADER_CODING || header == HEADER_CONNECTION)
		return token_end(p);
	return H1_MORE;
}

static enum h1_progress value_byte(struct h1_parser *p, char byte, struct h1_location *location)
{
	if (!is_value(byte))
		return broken(p, p->flags & F_TRAILER ? H1_E_TRAILER : H1_E_HEADER_BYTE);
	switch (value_of(p)) {
	case HEADER_LENGTH:
		return length_byte(p, byte);
	case HEADER_CODING:
	case HEADER_CONNECTION:
		return token_byte(p, byte);
	case HEADER_OTHER:
		break;
	}
	if (!(p->line_length & LOCATION_VALUE) || !location)
		return H1_MORE;
	if (location->length < location->capacity) {
		location->value[location->length++] = byte;
	} else { /* too long to be used */
		location->length = 0;
		p->line_length &= (uint8_t)~LOCATION_VALUE;
	}
	return H1_MORE;
}

/* ---- single bytes ---- */

static enum h1_progress empty_line(struct h1_parser *p)
{
	return p->flags & F_TRAILER ? done(p) : head_end(p);
}

static enum h1_progress line_start(struct h1_parser *p, char byte, struct h1_location *location)
{
	enum h1_progress progress;

	if (byte == ' ' || byte == '\t') { /* folded: the value goes on */
		if (p->flags & F_TRAILER || !(p->flags & F_ANY_LINE))
			return broken(p, p->flags & F_TRAILER ? H1_E_TRAILER : H1_E_HEADER_NAME);
		p->state = ST_VALUE;
		return value_byte(p, ' ', location);
	}
	progress = value_end(p, location);
	if (progress == H1_BROKEN)
		return progress;
	p->line_length = 0;
	if (byte == '\n')
		return empty_line(p);
	if (byte == '\r') {
		p->state = ST_EMPTY_CR;
		return H1_MORE;
	}
	keep(p, byte);
	if (!is_token(byte))
		return broken(p, p->flags & F_TRAILER ? H1_E_TRAILER : H1_E_HEADER_NAME);
	set_flags(p, F_ANY_LINE);
	p->state = ST_NAME;
	return H1_MORE;
}

static enum h1_progress name_byte(struct h1_parser *p, char byte, const struct h1_location *location)
{
	enum h1_error error = H1_E_HEADER_NAME;

	if (byte == ':') {
		name_end(p, location);
		return H1_MORE;
	}
	if (is_token(byte)) {
		/* A longer name cannot be one that matters. */
		keep(p, byte);
		return H1_MORE;
	}
	if (byte == ' ' || byte == '\t')
		error = H1_E_HEADER_SPACE_COLON;
	else if (byte == '\r' || byte == '\n')
		error = H1_E_HEADER_NO_COLON;
	else
		keep(p, byte);
	return broken(p, p->flags & F_TRAILER ? H1_E_TRAILER : error);
}

static int hex_value(char byte)
{
	if (is_digit(byte))
		return byte - '0';
	byte = lower(byte);
	return byte >= 'a' && byte <= 'f' ? byte - 'a' + 10 : -1;
}

static enum h1_progress chunk_size_end(struct h1_parser *p)
{
	if (!(p->flags & F_DIGITS))
		return broken(p, H1_E_CHUNK_SIZE);
	clear_flags(p, F_DIGITS | F_NUMBER_END);
	p->line_length = 0;
	p->head_bytes = 0;
	if (p->left) {
		p->state = ST_CHUNK_DATA;
	} else {
		set_flags(p, F_TRAILER);
		clear_flags(p, F_ANY_LINE);
		p->state = ST_LINE_START;
	}
	return H1_MORE;
}

static enum h1_progress chunk_size_byte(struct h1_parser *p, char byte)
{
	int digit = hex_value(byte);

	if (byte == '\n')
		return chunk_size_end(p);
	if (byte == '\r' || byte == ';' || byte == ' ' || byte == '\t') {
		if (!(p->flags & F_DIGITS))
			return keep(p, byte), broken(p, H1_E_CHUNK_SIZE);
		p->state = byte == '\r' ? ST_CHUNK_SIZE_CR : ST_CHUNK_EXT;
		return H1_MORE;
	}
	keep(p, byte);
	if (digit < 0)
		return broken(p, H1_E_CHUNK_SIZE);
	if (p->left > ((uint64_t)INT64_MAX - (uint64_t)digit) / 16)
		return broken(p, H1_E_CHUNK_SIZE_OVERFLOW);
	p->left = p->left * 16 + (uint64_t)digit;
	set_flags(p, F_DIGITS);
	return H1_MORE;
}

/* White space that some servers pad the size with, or an extension, which may be anything a header value may
 * be. */
static enum h1_progress chunk_ext_byte(struct h1_parser *p, char byte)
{
	if (byte == '\n')
		return chunk_size_end(p);
	if (byte == '\r') {
		p->state = ST_CHUNK_SIZE_CR;
		return H1_MORE;
	}
	keep(p, byte);
	return is_value(byte) ? H1_MORE : broken(p, H1_E_CHUNK_LINE);
}

static enum h1_progress expect_lf(struct h1_parser *p, char byte)
{
	if (byte == '\n')
		return H1_MORE;
	keep(p, byte);
	return broken(p, H1_E_BARE_CR);
}

static enum h1_progress chunk_end_byte(struct h1_parser *p, char byte)
{
	if (byte == '\r' && p->state == ST_CHUNK_END) {
		p->state = ST_CHUNK_END_CR;
		return H1_MORE;
	}
	if (byte != '\n') {
		keep(p, byte);
		return broken(p, H1_E_CHUNK_END);
	}
	p->state = ST_CHUNK_SIZE;
	p->line_length = 0;
	return H1_MORE;
}

static enum h1_progress status_byte(struct h1_parser *p, char byte)
{
	if (byte == '\n')
		return status_line_end(p);
	if (byte == '\r') {
		p->state = ST_STATUS_CR;
		return H1_MORE;
	}
	keep(p, byte);
	/* Rubbish is told from HTTP at its first bytes: an endless stream without a line end must not be
	 * waited for. */
	if (kept(p) <= 5 && p->line[kept(p) - 1] != "HTTP/"[kept(p) - 1])
		return broken(p, H1_E_STATUS_LINE);
	return is_value(byte) ? H1_MORE : broken(p, H1_E_STATUS_LINE);
}

static enum h1_progress value_start_byte(struct h1_parser *p, char byte, struct h1_location *location)
{
	if (byte == ' ' || byte == '\t')
		return H1_MORE;
	p->state = byte == '\r' ? ST_LINE_CR : byte == '\n' ? ST_LINE_START : ST_VALUE;
	return p->state == ST_VALUE ? value_byte(p, byte, location) : H1_MORE;
}

/* One byte of the framing: everything but bodies. */
static enum h1_progress frame_byte(struct h1_parser *p, char byte, struct h1_location *location)
{
	enum h1_progress progress;

	switch ((enum state)p->state) {
	case ST_STATUS:
		return status_byte(p, byte);
	case ST_STATUS_CR:
		progress = expect_lf(p, byte);
		return progress == H1_MORE ? status_line_end(p) : progress;
	case ST_LINE_START:
		return line_start(p, byte, location);
	case ST_NAME:
		return name_byte(p, byte, location);
	case ST_VALUE_START:
		return value_start_byte(p, byte, location);
	case ST_VALUE:
		if (byte != '\r' && byte != '\n')
			return value_byte(p, byte, location);
		p->state = byte == '\r' ? ST_LINE_CR : ST_LINE_START;
		return H1_MORE;
	case ST_LINE_CR:
		p->state = ST_LINE_START;
		return expect_lf(p, byte);
	case ST_EMPTY_CR:
		progress = expect_lf(p, byte);
		return progress == H1_MORE ? empty_line(p) : progress;
	case ST_CHUNK_SIZE:
		return chunk_size_byte(p, byte);
	case ST_CHUNK_EXT:
		return chunk_ext_byte(p, byte);
	case ST_CHUNK_SIZE_CR:
		progress = expect_lf(p, byte);
		return progress == H1_MORE ? chunk_size_end(p) : progress;
	case ST_CHUNK_END:
	case ST_CHUNK_END_CR:
		return chunk_end_byte(p, byte);
	case ST_LENGTH_BODY:
	case ST_CLOSE_BODY:
	case ST_CHUNK_DATA:
	case ST_DONE:
	case ST_BROKEN:
		break;
	}
	return H1_MORE;
}

/* `count` bytes of a body have been seen or dropped. */
static enum h1_progress body_bytes(struct h1_parser *p, uint64_t count)
{
	p->body_bytes += count;
	if (p->state == ST_CLOSE_BODY)
		return H1_MORE;
	p->left -= count;
	if (p->left)
		return H1_MORE;
	if (p->state == ST_LENGTH_BODY)
		return done(p);
	p->state = ST_CHUNK_END;
	return H1_MORE;
}

/* How many bytes of a value that does not matter stand here. */
static size_t plain_run(const struct h1_parser *p, const char *bytes, size_t length)
{
	size_t run = 0;

	if (p->state != ST_VALUE || value_of(p) != HEADER_OTHER || p->line_length & LOCATION_VALUE)
		return 0;
	while (run < length && is_value(bytes[run]))
		run++;
	return run;
}

static bool in_body(const struct h1_parser *p)
{
	return p->state == ST_LENGTH_BODY || p->state == ST_CLOSE_BODY || p->state == ST_CHUNK_DATA;
}

enum h1_progress h1_feed(struct h1_parser *p, const char *bytes, size_t length, size_t *usedp,
			 struct h1_location *location)
{
	enum h1_progress progress = p->state == ST_DONE	    ? H1_COMPLETE
				    : p->state == ST_BROKEN ? H1_BROKEN
							    : H1_MORE;
	size_t used = 0;

	if (length && progress == H1_MORE)
		set_flags(p, F_STARTED);
	while (used < length && progress == H1_MORE) {
		size_t run = length - used;

		if (in_body(p)) {
			if (p->state != ST_CLOSE_BODY && run > p->left)
				run = (size_t)p->left;
			progress = body_bytes(p, run);
			used += run;
			continue;
		}
		run = plain_run(p, bytes + used, run);
		if (run > H1_HEAD_MAX) /* so that the sum below cannot overflow */
			run = H1_HEAD_MAX;
		p->head_bytes += (uint32_t)run;
		used += run;
		if (used < length && !run) {
			p->head_bytes++;
			progress = frame_byte(p, bytes[used++], location);
		}
		if (p->head_bytes > H1_HEAD_MAX && progress == H1_MORE)
			progress = broken(p, p->flags & F_HEAD_DONE && !(p->flags & F_TRAILER)
						 ? H1_E_CHUNK_LINE
						 : H1_E_HEAD_TOO_LARGE);
	}
	*usedp = used;
	return progress;
}

enum h1_progress h1_end(struct h1_parser *p)
{
	return p->state == ST_CLOSE_BODY ? done(p) : p->state == ST_DONE ? H1_COMPLETE : H1_MORE;
}

uint64_t h1_droppable(const struct h1_parser *p)
{
	return p->state == ST_LENGTH_BODY ? p->left : 0;
}

enum h1_progress h1_dropped(struct h1_parser *p, uint64_t count)
{
	return body_bytes(p, count);
}

bool h1_started(const struct h1_parser *p)
{
	return p->flags & F_STARTED;
}

bool h1_head_done(const struct h1_parser *p)
{
	return p->flags & F_HEAD_DONE;
}

bool h1_keepalive(const struct h1_parser *p)
{
	if (p->flags & F_CLOSE)
		return false;
	return !(p->flags & F_HTTP_1_0) || p->flags & F_KEEP_ALIVE;
}

void h1_describe(const struct h1_parser *p, char *text, size_t size)
{
	char shown[4 * H1_LINE_KEPT + 1];
	size_t used = 0;

	for (unsigned i = 0; i < kept(p); i++) {
		unsigned char byte = (unsigned char)p->line[i];

		if (byte >= ' ' && byte < 0x7f)
			shown[used++] = (char)byte;
		else
			used += (size_t)snprintf(shown + used, sizeof(shown) - used, "\\x%02x", byte);
	}
	shown[used] = '\0';
	snprintf(text, size, error_texts[p->error < H1_ERROR_COUNT ? p->error : H1_E_NONE], shown);
}

/* ---- the memo ---- */

enum h1_progress h1_feed_memo(struct h1_parser *p, struct h1_memo *memo, const char *bytes, size_t length,
			      size_t *usedp, struct h1_location *location)
{
	enum h1_progress progress = H1_MORE;
	bool head_request = p->flags & F_HEAD_REQUEST;
	size_t used = 0, rest = 0;

	if (memo->length && memo->length <= length &&
	    (memo->after.flags & F_HEAD_REQUEST) == (head_request ? F_HEAD_REQUEST : 0) &&
	    !memcmp(memo->head, bytes, memo->length)) {
		*p = memo->after;
		used = memo->length;
		progress = p->state == ST_DONE ? H1_COMPLETE : H1_MORE;
	} else {
		/* Byte for byte up to the end of the head, to know where it is; the rest follows in one
		 * piece. */
		const char *end = memmem(bytes, length, "\r\n\r\n", 4);
		size_t head = end ? (size_t)(end - bytes) + 4 : length;

		progress = h1_feed(p, bytes, head, &used, location);
		if (used == head && head <= sizeof(memo->head) && h1_head_done(p) && !p->body_bytes &&
		    !p->error && p->status >= 200 && !(location && location->length)) {
			memcpy(memo->head, bytes, head);
			memo->length = (uint32_t)head;
			memo->after = *p;
		}
	}
	if (progress == H1_MORE && used < length)
		progress = h1_feed(p, bytes + used, length - used, &rest, location);
	*usedp = used + rest;
	return progress;
}
