/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * What the parts of the HTTP/1.1 parser share: h1.c (the entry points in h1.h), h1_text.c (what all parts
 * build on), h1_head.c (status line and field lines), h1_value.c (values of the fields that matter),
 * h1_body.c (bodies and chunks).
 *
 * The bytes of one h1_feed() are read once, by a struct h1_input. A part takes as many bytes as it can,
 * leaves `at` behind them and sets parser->state to what comes next. Nothing looks back or ahead, so it
 * does not matter where the bytes are cut.
 *
 * Words: a *field line* is a header or trailer line. A *text* is what the parser reads now and may need
 * later: the line, the token, the number. It begins at `mark`. Its beginning is copied into parser->text
 * only when the bytes run out before it ends. When a head comes in one piece, only a token or two are
 * copied.
 */
#ifndef VASTAR_PROTO_H1_INTERNAL_H
#define VASTAR_PROTO_H1_INTERNAL_H

#include <string.h>

#include "proto/h1.h"

/* parser->state. The comments say where the next byte is. */
enum h1_state {
	/* the head; with H1_F_TRAILER, the trailer section */
	H1_STATUS,     /* in "HTTP/1.1 200", or just behind it */
	H1_REASON,     /* in the reason phrase */
	H1_STATUS_LF,  /* behind the CR of the status line */
	H1_LINE,       /* the first of a field line, or of the empty line that ends the section */
	H1_NAME,       /* in a field name */
	H1_NAME_SPACE, /* behind white space after a field name */
	H1_NAME_OTHER, /* in a line that does not begin with a name; looking for a colon */
	H1_VALUE,      /* in a value or the white space around it */
	H1_VALUE_LF,   /* behind the CR of a field line */
	H1_EMPTY_LF,   /* behind the CR of the empty line */
	/* the line before a chunk */
	H1_CHUNK_SIZE,
	H1_CHUNK_SPACE,	    /* behind white space after the size */
	H1_CHUNK_EXTENSION, /* behind the first ';' */
	H1_CHUNK_QUOTED,    /* in a quoted string of an extension */
	H1_CHUNK_ESCAPED,   /* behind a backslash in it */
	H1_CHUNK_LF,
	/* The body. Only here may bytes be dropped unread. */
	H1_LENGTH_BODY,
	H1_CLOSE_BODY,
	H1_CHUNK_DATA,
	H1_CHUNK_DATA_CR, /* behind the data: CR */
	H1_CHUNK_DATA_LF,
	/* no more bytes are taken */
	H1_BROKEN_TEXT, /* an error, but the rest of its text is still needed for the message */
	H1_BROKEN_DONE,
	H1_DONE,
};

enum h1_flag {
	H1_F_HEAD_REQUEST = 1 << 0,
	H1_F_STARTED = 1 << 1,
	H1_F_HEAD_DONE = 1 << 2,
	H1_F_TRAILER = 1 << 3,	/* the field lines are trailers */
	H1_F_FOLDABLE = 1 << 4, /* the section has a field line that the next line may continue */
	H1_F_TEXT = 1 << 5,	/* between two h1_feed(): the text continues with the next byte */
	H1_F_HTTP_1_0 = 1 << 6,
	H1_F_CLOSE = 1 << 7,	  /* Connection: close */
	H1_F_KEEP_ALIVE = 1 << 8, /* Connection: keep-alive */
	H1_F_LENGTH = 1 << 9,	  /* a Content-Length was seen */
	H1_F_CODED = 1 << 10,	  /* there is a Transfer-Encoding */
	H1_F_CHUNKED = 1 << 11,	  /* chunked is among its codings */
	H1_F_CHUNKED_LAST = 1 << 12,
	H1_F_LOCATION = 1 << 13, /* there is a Location */
	H1_F_TO_CLOSE = 1 << 14, /* only the end of the connection ends the body */
	H1_F_INTERIM = 1 << 15,	 /* an interim response has been skipped */
};

/* parser->value: which field the current value belongs to. */
enum h1_value { H1_V_OTHER, H1_V_LENGTH, H1_V_CODING, H1_V_CONNECTION, H1_V_LOCATION };

/* parser->item: the position inside a value that matters. */
enum h1_item {
	H1_I_START,	/* before an item: white space, or the comma of an empty item */
	H1_I_NUMBER,	/* Content-Length: before the next number of a list */
	H1_I_TOKEN,	/* in a token, a number, a location */
	H1_I_AFTER,	/* behind it: white space, then a comma */
	H1_I_PARAMETER, /* Transfer-Encoding: in the parameters of a coding */
	H1_I_QUOTED,	/* ... in a quoted string there */
	H1_I_ESCAPED,	/* ... behind a backslash there */
	H1_I_IGNORED,	/* up to the next comma: an item of Connection that is not a token */
};

struct h1_input {
	const char *at, *stop;
	const char *mark; /* the text continues from here to `at`; NULL: it has ended */
};

/* ---- bytes ---- */

enum { H1_B_TOKEN = 1, H1_B_TEXT = 2, H1_B_BLANK = 4 };

/* A set of H1_B_* for each byte: tchar (RFC 9110 section 5.6.2); what a field value may hold (section 5.5:
 * visible, space, tab, obs-text); white space (section 5.6.3). */
extern const uint8_t h1_bytes[256];

static inline bool h1_is(char byte, unsigned kind)
{
	return h1_bytes[(unsigned char)byte] & kind;
}

static inline bool h1_is_digit(char byte)
{
	return byte >= '0' && byte <= '9';
}

/* The first byte from `at` on that is not of this kind, or `stop`. */
static inline const char *h1_skip(const char *at, const char *stop, unsigned kind)
{
	for (; stop - at >= 4; at += 4)
		for (int i = 0; i < 4; i++)
			if (!h1_is(at[i], kind))
				return at + i;
	while (at < stop && h1_is(*at, kind))
		at++;
	return at;
}

/* h1_skip() for H1_B_TEXT, eight bytes at a time, since most bytes of a head are read here. */
const char *h1_skip_text(const char *at, const char *stop);

/* ---- the text ---- */

static inline void h1_text_begin(struct h1_parser *p, struct h1_input *in)
{
	p->text_length = 0;
	in->mark = in->at;
}

/* Appends bytes to the text. */
void h1_text_add(struct h1_parser *p, const char *bytes, size_t length);

/* Copies the new part of the text. */
void h1_text_keep(struct h1_parser *p, struct h1_input *in);

/* The text has ended before `at` and does not change any more. */
static inline void h1_text_end(struct h1_parser *p, struct h1_input *in)
{
	h1_text_keep(p, in);
	in->mark = NULL;
}

/* Compares the lower-case `word` of `length` bytes (letters and '-') with a text of as many token bytes. */
static inline bool h1_same(const char *text, const char *word, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if ((text[i] | 0x20) != word[i]) /* of all token bytes, only the capital becomes the letter */
			return false;
	return true;
}

/* ---- errors ---- */

/* The byte at `at` is wrong, inside a text. The text ends with that byte or continues to its natural end, so
 * that the message shows the whole token. It stops at a byte that is not printable and at the end of the
 * line. */
void h1_wrong(struct h1_parser *p, struct h1_input *in, enum h1_error error);

/* The text that ended before `at` is wrong. */
void h1_wrong_before(struct h1_parser *p, struct h1_input *in, enum h1_error error);

/* Takes the rest of the wrong text, as far as the message shows it. */
void h1_take_wrong_text(struct h1_parser *p, struct h1_input *in);

/* ---- parts ---- */

void h1_take_head(struct h1_parser *p, struct h1_input *in, struct h1_location *location);
void h1_take_chunk_line(struct h1_parser *p, struct h1_input *in);
void h1_take_body(struct h1_parser *p, struct h1_input *in);

/* Moves past `count` bytes of data of known length (at most p->left), read or dropped. */
void h1_pass_data(struct h1_parser *p, uint64_t count);

/* The head is complete: finds out what follows. RFC 9112 section 6.3. */
void h1_begin_body(struct h1_parser *p, struct h1_input *in);

/* A field name ends before the colon. Sets parser->value. */
void h1_value_begin(struct h1_parser *p, const char *name, size_t length, struct h1_location *location);

/* Takes bytes of a value that matters, up to the end of its line or to a byte that no value may hold. */
void h1_value_take(struct h1_parser *p, struct h1_input *in, struct h1_location *location);

/* The line ends, but the value may continue on the next line. */
void h1_value_line_end(struct h1_parser *p, struct h1_input *in);

/* The value ends. */
void h1_value_end(struct h1_parser *p, struct h1_input *in, struct h1_location *location);

/* The canonical name of the field, for error messages. */
const char *h1_value_name(enum h1_value value);

#endif
