/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* What every part of the parser builds on: kinds of bytes, the current text, and errors in it. */
#include <endian.h>
#include <stdio.h>

#include "proto/h1_internal.h"

static const char *const error_texts[H1_ERROR_COUNT] = {
#define X(name, text) [name] = text,
    H1_ERRORS(X)
#undef X
};

/* ---- bytes ---- */

#define ALPHANUMERIC(c) (((c) >= '0' && (c) <= '9') || (((c) | 0x20) >= 'a' && ((c) | 0x20) <= 'z'))
#define MARK(c)                                                                                              \
	((c) == '!' || ((c) >= '#' && (c) <= '\'') || (c) == '*' || (c) == '+' || (c) == '-' ||              \
	 (c) == '.' || ((c) >= '^' && (c) <= '`') || (c) == '|' || (c) == '~')
#define BLANK(c) ((c) == ' ' || (c) == '\t')
#define KINDS(c)                                                                                             \
	((ALPHANUMERIC(c) || MARK(c) ? H1_B_TOKEN : 0) |                                                     \
	 (((c) >= ' ' && (c) != 0x7f) || (c) == '\t' ? H1_B_TEXT : 0) | (BLANK(c) ? H1_B_BLANK : 0))
#define FOUR(c) KINDS(c), KINDS((c) + 1), KINDS((c) + 2), KINDS((c) + 3)
#define SIXTEEN(c) FOUR(c), FOUR((c) + 4), FOUR((c) + 8), FOUR((c) + 12)

const uint8_t h1_bytes[256] = {
    SIXTEEN(0x00), SIXTEEN(0x10), SIXTEEN(0x20), SIXTEEN(0x30), SIXTEEN(0x40), SIXTEEN(0x50),
    SIXTEEN(0x60), SIXTEEN(0x70), SIXTEEN(0x80), SIXTEEN(0x90), SIXTEEN(0xa0), SIXTEEN(0xb0),
    SIXTEEN(0xc0), SIXTEEN(0xd0), SIXTEEN(0xe0), SIXTEEN(0xf0),
};

const char *h1_skip_text(const char *at, const char *stop)
{
	const uint64_t ones = 0x0101010101010101, tops = 0x8080808080808080;

	while (stop - at >= 8) {
		uint64_t word, dels, controls;

		/* Little-endian, so that the first byte is the lowest. The top bit is set for each byte
		 * below 0x20 and for each 0x7f, and perhaps for some bytes behind the first of those. */
		memcpy(&word, at, sizeof(word));
		word = le64toh(word);
		dels = word ^ ones * 0x7f;
		controls = (((word - ones * ' ') & ~word) | ((dels - ones) & ~dels)) & tops;
		if (!controls) {
			at += 8;
			continue;
		}
		at += __builtin_ctzll(controls) / 8;
		if (*at != '\t')
			return at;
		at++;
	}
	return h1_skip(at, stop, H1_B_TEXT);
}

/* ---- the text ---- */

void h1_text_add(struct h1_parser *p, const char *bytes, size_t length)
{
	size_t room;

	if (p->text_length > H1_TEXT_KEPT)
		return;
	room = (size_t)(H1_TEXT_KEPT - p->text_length);
	memcpy(p->text + p->text_length, bytes, length < room ? length : room);
	p->text_length = (uint8_t)(length <= room ? p->text_length + length : H1_TEXT_KEPT + 1);
}

void h1_text_keep(struct h1_parser *p, struct h1_input *in)
{
	if (!in->mark)
		return;
	h1_text_add(p, in->mark, (size_t)(in->at - in->mark));
	in->mark = in->at;
}

/* ---- errors ---- */

static bool printable(char byte)
{
	return byte >= ' ' && byte < 0x7f;
}

void h1_wrong_before(struct h1_parser *p, struct h1_input *in, enum h1_error error)
{
	h1_text_end(p, in);
	p->error = (uint8_t)error;
	p->state = H1_BROKEN_DONE;
}

void h1_wrong(struct h1_parser *p, struct h1_input *in, enum h1_error error)
{
	char byte = *in->at;

	if (byte == '\r' || byte == '\n') {
		h1_wrong_before(p, in, error);
		return;
	}
	in->at++;
	h1_text_keep(p, in);
	p->error = (uint8_t)error;
	p->state = H1_BROKEN_TEXT;
	if (!printable(byte))
		h1_wrong_before(p, in, error);
}

void h1_take_wrong_text(struct h1_parser *p, struct h1_input *in)
{
	while (in->at < in->stop && p->text_length + (in->at - in->mark) <= H1_TEXT_KEPT &&
	       printable(*in->at))
		in->at++;
	h1_text_keep(p, in);
	if (in->at < in->stop || p->text_length > H1_TEXT_KEPT)
		h1_wrong_before(p, in, (enum h1_error)p->error);
}

void h1_describe(const struct h1_parser *p, char *text, size_t size)
{
	char shown[4 * H1_TEXT_KEPT + sizeof("...")];
	size_t used = 0;

	for (size_t i = 0; i < p->text_length && i < H1_TEXT_KEPT; i++) {
		if (printable(p->text[i]))
			shown[used++] = p->text[i];
		else
			used += (size_t)snprintf(shown + used, sizeof(shown) - used, "\\x%02X",
						 (unsigned char)p->text[i]);
	}
	snprintf(shown + used, sizeof(shown) - used, p->text_length > H1_TEXT_KEPT ? "..." : "");
	snprintf(text, size, error_texts[p->error], shown);
}
