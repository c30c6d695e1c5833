/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Bodies. Decisions where RFC 9112 section 7.1 (chunks) leaves room:
 *
 * - Lines end with CRLF and nothing else. Section 2.2 allows a lone LF for the start line and for fields
 *   only, and two readers must never disagree about where a body ends.
 * - After the size comes ';', white space and ';', or the end of the line. The grammar has no padding
 *   before the end of the line.
 * - Extensions are ignored, whatever they are (7.1.1 MUST), as long as they are well formed: no control
 *   bytes, quoted strings closed.
 * - A size may have leading zeros. H1_HEAD_MAX limits each of these lines by itself.
 */
#include "proto/h1_internal.h"

/* ---- the end of the body ---- */

/*
 * RFC 9112 section 6.3; the numbers below are its rules. With a Transfer-Encoding the Content-Length does
 * not count (3). When chunked is not the last coding, the body lasts until the close (4). This also holds
 * for unknown codings and for an empty list. In an HTTP/1.0 response a Transfer-Encoding is faulty framing
 * (section 6.1): the body is decoded as declared, and h1_keepalive() makes sure that the connection is not
 * reused.
 */
void h1_begin_body(struct h1_parser *p, struct h1_input *in)
{
	bool bodiless = p->flags & H1_F_HEAD_REQUEST || p->status == 204 || p->status == 304;

	p->flags |= H1_F_HEAD_DONE;
	p->text_length = 0;
	in->mark = NULL;
	p->left = p->length;
	p->length = 0;
	if (bodiless) { /* (1) */
		p->state = H1_DONE;
	} else if (p->flags & H1_F_CHUNKED_LAST) { /* (4) */
		p->left = 0;
		h1_text_begin(p, in);
		p->state = H1_CHUNK_SIZE;
	} else if (p->flags & H1_F_LENGTH && !(p->flags & H1_F_CODED)) { /* (6) */
		p->state = p->left ? H1_LENGTH_BODY : H1_DONE;
	} else { /* (4), (8) */
		p->flags |= H1_F_TO_CLOSE;
		p->state = H1_CLOSE_BODY;
	}
}

/* ---- the line before a chunk ---- */

static int hex_digit(char byte)
{
	if (h1_is_digit(byte))
		return byte - '0';
	byte |= 0x20;
	return byte >= 'a' && byte <= 'f' ? byte - 'a' + 10 : -1;
}

static void chunk_size_end(struct h1_parser *p, struct h1_input *in)
{
	char byte = *in->at;

	if (!p->text_length && in->at == in->mark) {
		h1_wrong(p, in, H1_E_CHUNK_SIZE);
	} else if (byte == '\r') {
		in->at++;
		p->state = H1_CHUNK_LF;
	} else if (byte == '\n') {
		h1_wrong_before(p, in, H1_E_CHUNK_LINE);
	} else if (byte == ';' || h1_is(byte, H1_B_BLANK)) {
		p->state = H1_CHUNK_SPACE;
	} else {
		h1_wrong(p, in, H1_E_CHUNK_SIZE);
	}
}

static void chunk_size(struct h1_parser *p, struct h1_input *in)
{
	for (; in->at < in->stop; in->at++) {
		int digit = hex_digit(*in->at);

		if (digit < 0) {
			chunk_size_end(p, in);
			return;
		}
		if (p->left >> 60) {
			h1_wrong(p, in, H1_E_CHUNK_SIZE_OVERFLOW);
			return;
		}
		p->left = p->left << 4 | (unsigned)digit;
	}
}

static void chunk_space(struct h1_parser *p, struct h1_input *in)
{
	in->at = h1_skip(in->at, in->stop, H1_B_BLANK);
	if (in->at == in->stop)
		return;
	if (*in->at != ';') {
		h1_wrong(p, in, H1_E_CHUNK_LINE);
		return;
	}
	in->at++;
	p->state = H1_CHUNK_EXTENSION;
}

static void chunk_extension(struct h1_parser *p, struct h1_input *in)
{
	for (; in->at < in->stop; in->at++) {
		char byte = *in->at;

		if (byte == '\r' && p->state == H1_CHUNK_EXTENSION) {
			in->at++;
			p->state = H1_CHUNK_LF;
			return;
		}
		if (!h1_is(byte, H1_B_TEXT)) {
			h1_wrong(p, in, H1_E_CHUNK_LINE);
			return;
		}
		if (p->state == H1_CHUNK_ESCAPED)
			p->state = H1_CHUNK_QUOTED;
		else if (byte == '"')
			p->state = p->state == H1_CHUNK_QUOTED ? H1_CHUNK_EXTENSION : H1_CHUNK_QUOTED;
		else if (byte == '\\' && p->state == H1_CHUNK_QUOTED)
			p->state = H1_CHUNK_ESCAPED;
	}
}

static void chunk_lf(struct h1_parser *p, struct h1_input *in)
{
	if (*in->at != '\n') {
		h1_wrong(p, in, H1_E_BARE_CR);
		return;
	}
	in->at++;
	p->text_length = 0;
	in->mark = NULL;
	if (p->left) {
		p->length++;
		p->state = H1_CHUNK_DATA;
	} else {
		p->flags |= H1_F_TRAILER;
		p->flags &= (uint16_t)~H1_F_FOLDABLE;
		p->state = H1_LINE;
	}
}

void h1_take_chunk_line(struct h1_parser *p, struct h1_input *in)
{
	while (in->at < in->stop) {
		switch ((enum h1_state)p->state) {
		case H1_CHUNK_SIZE:
			chunk_size(p, in);
			break;
		case H1_CHUNK_SPACE:
			chunk_space(p, in);
			break;
		case H1_CHUNK_EXTENSION:
		case H1_CHUNK_QUOTED:
		case H1_CHUNK_ESCAPED:
			chunk_extension(p, in);
			break;
		case H1_CHUNK_LF:
			chunk_lf(p, in);
			break;
		default:
			return;
		}
	}
}

/* ---- data ---- */

void h1_pass_data(struct h1_parser *p, uint64_t count)
{
	p->left -= count;
	p->body_bytes += count;
	if (!p->left)
		p->state = p->state == H1_CHUNK_DATA ? H1_CHUNK_DATA_CR : H1_DONE;
}

static void take_data(struct h1_parser *p, struct h1_input *in)
{
	uint64_t count = (uint64_t)(in->stop - in->at);

	if (count > p->left)
		count = p->left;
	in->at += count;
	h1_pass_data(p, count);
}

static void chunk_data_end(struct h1_parser *p, struct h1_input *in, char expected, enum h1_state next)
{
	if (p->state == H1_CHUNK_DATA_CR)
		h1_text_begin(p, in);
	if (*in->at != expected) {
		h1_wrong(p, in, H1_E_CHUNK_END);
		return;
	}
	in->at++;
	p->state = next;
	if (next == H1_CHUNK_SIZE)
		h1_text_begin(p, in);
}

void h1_take_body(struct h1_parser *p, struct h1_input *in)
{
	switch ((enum h1_state)p->state) {
	case H1_LENGTH_BODY:
	case H1_CHUNK_DATA:
		take_data(p, in);
		break;
	case H1_CLOSE_BODY:
		p->body_bytes += (uint64_t)(in->stop - in->at);
		in->at = in->stop;
		break;
	case H1_CHUNK_DATA_CR:
		chunk_data_end(p, in, '\r', H1_CHUNK_DATA_LF);
		break;
	case H1_CHUNK_DATA_LF:
		chunk_data_end(p, in, '\n', H1_CHUNK_SIZE);
		break;
	default:
		break;
	}
}
