/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Status line and field lines. Decisions where RFC 9112 leaves room, by its sections:
 *
 * - Line ends (2.2): a lone LF ends a line. A recipient MAY accept it, and hand-written servers send it. A
 *   CR without a following LF is an error, in every line.
 * - Nothing may come before the status line. The rule to ignore empty lines (2.2) is about requests. Before
 *   a response they are surplus bytes of the previous one.
 * - Status line (4): the protocol's name is case-sensitive (2.3). Exactly one space separates the parts:
 *   to split at any white space is a MAY, and would hide broken servers. The phrase may be empty or hold
 *   anything that a field value may hold. The space before an empty phrase may be missing, since many
 *   servers leave it out.
 * - Versions other than 1.0 and 1.1 are refused: there is no other 1.x, and its framing would be unknown.
 *   Codes are 100 to 599 (RFC 9110 section 15).
 * - Field lines (5): a name is a token. White space between name and colon is an error, as in a request
 *   (5.1), and so is a line without a colon. NUL and the other control bytes except HTAB make a value
 *   invalid (RFC 9110 section 5.5: NUL, CR and LF MUST be refused or replaced, the rest MAY be kept).
 *   obs-text passes.
 * - Folded lines (5.2): a user agent MUST treat a fold as white space. The value of the previous line
 *   continues, in any field and in trailers too. A first line that begins with white space is an error (2.2:
 *   reject or skip).
 * - Interim responses: any number, but they share H1_HEAD_MAX with the final head.
 * - Trailers (7.1.2) are field lines like others. Nothing in them is framing (RFC 9110 section 6.5.1), and
 *   every fault in one is reported as the same kind of error.
 */
#include "proto/h1_internal.h"

static void fields_wrong(struct h1_parser *p, struct h1_input *in, enum h1_error error)
{
	h1_wrong(p, in, p->flags & H1_F_TRAILER ? H1_E_TRAILER : error);
}

static void fields_wrong_before(struct h1_parser *p, struct h1_input *in, enum h1_error error)
{
	h1_wrong_before(p, in, p->flags & H1_F_TRAILER ? H1_E_TRAILER : error);
}

/* ---- status line ---- */

/* What is wrong with `byte` at `index` of "HTTP/1.1 200", or H1_E_NONE. */
static enum h1_error status_byte(char byte, size_t index)
{
	switch (index) {
	case 0:
	case 1:
	case 2:
	case 3:
	case 4:
		return byte == "HTTP/"[index] ? H1_E_NONE : H1_E_STATUS_LINE;
	case 5:
		return byte == '1' ? H1_E_NONE : h1_is_digit(byte) ? H1_E_VERSION : H1_E_STATUS_LINE;
	case 6:
		return byte == '.' ? H1_E_NONE : H1_E_VERSION;
	case 7:
		return byte == '0' || byte == '1' ? H1_E_NONE : H1_E_VERSION;
	case 8:
		return byte == ' ' ? H1_E_NONE : h1_is(byte, H1_B_TOKEN) ? H1_E_VERSION : H1_E_STATUS_LINE;
	case 9:
		return byte >= '1' && byte <= '5' ? H1_E_NONE : H1_E_STATUS_CODE;
	default:
		return h1_is_digit(byte) ? H1_E_NONE : H1_E_STATUS_CODE;
	}
}

static void status_code_end(struct h1_parser *p, struct h1_input *in)
{
	char byte = *in->at;

	if (byte != ' ' && byte != '\r' && byte != '\n')
		h1_wrong(p, in, H1_E_STATUS_CODE);
	else if (p->status == 101)
		h1_wrong_before(p, in, H1_E_UNASKED_UPGRADE);
	else
		p->state = H1_REASON;
}

static void status_code(struct h1_parser *p, struct h1_input *in)
{
	enum { CODE = 9, END = 12 };
	size_t index = p->text_length + (size_t)(in->at - in->mark);

	if (!index && in->stop - in->at > END && !memcmp(in->at, "HTTP/1.1 ", CODE)) { /* nearly always */
		in->at += CODE;
		index = CODE;
	}
	for (; in->at < in->stop && index < END; in->at++, index++) {
		enum h1_error error = status_byte(*in->at, index);

		if (error) {
			h1_wrong(p, in, error);
			return;
		}
		if (index == 7 && *in->at == '0')
			p->flags |= H1_F_HTTP_1_0;
		if (index >= CODE)
			p->status = (uint16_t)(p->status * 10 + (*in->at - '0'));
	}
	if (in->at < in->stop)
		status_code_end(p, in);
}

static void first_line(struct h1_parser *p)
{
	p->flags &= (uint16_t)~H1_F_FOLDABLE;
	p->value = H1_V_OTHER;
	p->state = H1_LINE;
}

static void reason(struct h1_parser *p, struct h1_input *in)
{
	in->at = h1_skip_text(in->at, in->stop);
	if (in->at == in->stop)
		return;
	switch (*in->at) {
	case '\r':
		in->at++;
		p->state = H1_STATUS_LF;
		break;
	case '\n':
		in->at++;
		first_line(p);
		break;
	default:
		h1_wrong(p, in, H1_E_STATUS_LINE);
	}
}

static void status_lf(struct h1_parser *p, struct h1_input *in)
{
	if (*in->at != '\n') {
		h1_wrong(p, in, H1_E_BARE_CR);
		return;
	}
	in->at++;
	first_line(p);
}

/* ---- field lines ---- */

/* Most lines come in one piece, so name(), value() and value_lf() are called one by the other where bytes are
 * left, without a round through the switch. */

/* The section is complete. */
static void section_end(struct h1_parser *p, struct h1_input *in, struct h1_location *location)
{
	in->at++;
	if (p->flags & H1_F_TRAILER) {
		p->state = H1_DONE;
	} else if (p->status < 200) {
		if (location) /* ignores the Location of an interim response */
			location->length = 0;
		p->status = 0;
		p->length = 0;
		p->flags &= H1_F_HEAD_REQUEST | H1_F_STARTED;
		p->flags |= H1_F_INTERIM;
		p->state = H1_STATUS;
		h1_text_begin(p, in);
	} else {
		h1_begin_body(p, in);
	}
}

/* The error is about the line, not the value. For a field that matters, though, the text holds only the
 * value. */
static void value_wrong(struct h1_parser *p, struct h1_input *in, enum h1_error error)
{
	if (p->value != H1_V_OTHER) {
		const char *field = h1_value_name((enum h1_value)p->value);

		p->text_length = 0;
		h1_text_add(p, field, strlen(field));
		in->mark = NULL;
		h1_wrong_before(p, in, error);
	} else {
		fields_wrong(p, in, error);
	}
}

static void value_lf(struct h1_parser *p, struct h1_input *in)
{
	if (*in->at != '\n') {
		value_wrong(p, in, H1_E_BARE_CR);
		return;
	}
	in->at++;
	p->state = H1_LINE;
}

static void value(struct h1_parser *p, struct h1_input *in, struct h1_location *location)
{
	if (p->value != H1_V_OTHER)
		h1_value_take(p, in, location);
	if (p->value == H1_V_OTHER)
		in->at = h1_skip_text(in->at, in->stop);
	if (in->at == in->stop || p->state != H1_VALUE)
		return;
	switch (*in->at) {
	case '\r':
		h1_value_line_end(p, in);
		in->at++;
		p->state = H1_VALUE_LF;
		if (in->at < in->stop)
			value_lf(p, in);
		break;
	case '\n':
		h1_value_line_end(p, in);
		in->at++;
		p->state = H1_LINE;
		break;
	default:
		value_wrong(p, in, H1_E_HEADER_BYTE);
	}
}

static void name_end(struct h1_parser *p, struct h1_input *in, struct h1_location *location)
{
	const char *name = in->mark;
	size_t length = (size_t)(in->at - in->mark);

	if (p->text_length) { /* it began in earlier bytes */
		h1_text_keep(p, in);
		name = p->text;
		length = p->text_length;
	}
	if (!length) {
		fields_wrong(p, in, H1_E_HEADER_NAME);
		return;
	}
	if (!(p->flags & H1_F_TRAILER))
		h1_value_begin(p, name, length, location);
	if (p->value != H1_V_OTHER) { /* an error would quote the value */
		p->text_length = 0;
		in->mark = NULL;
	}
	in->at++;
	p->state = H1_VALUE;
	if (in->at < in->stop)
		value(p, in, location);
}

static void name(struct h1_parser *p, struct h1_input *in, struct h1_location *location)
{
	in->at = h1_skip(in->at, in->stop, H1_B_TOKEN);
	if (in->at == in->stop)
		return;
	if (*in->at == ':') {
		name_end(p, in, location);
	} else if (h1_is(*in->at, H1_B_BLANK)) {
		in->at++;
		p->state = H1_NAME_SPACE;
	} else {
		p->state = H1_NAME_OTHER;
	}
}

static void name_space(struct h1_parser *p, struct h1_input *in)
{
	in->at = h1_skip(in->at, in->stop, H1_B_BLANK);
	if (in->at == in->stop)
		return;
	if (*in->at == ':')
		fields_wrong_before(p, in, H1_E_HEADER_SPACE_COLON);
	else
		p->state = H1_NAME_OTHER;
}

static void name_other(struct h1_parser *p, struct h1_input *in)
{
	while (in->at < in->stop && h1_is(*in->at, H1_B_TEXT) && *in->at != ':')
		in->at++;
	if (in->at == in->stop)
		return;
	switch (*in->at) {
	case ':':
		fields_wrong_before(p, in, H1_E_HEADER_NAME);
		break;
	case '\r':
	case '\n':
		fields_wrong_before(p, in, H1_E_HEADER_NO_COLON);
		break;
	default:
		fields_wrong(p, in, H1_E_HEADER_BYTE);
	}
}

/* The first byte of a line shows whether the value of the previous line has ended. */
static void line(struct h1_parser *p, struct h1_input *in, struct h1_location *location)
{
	if (h1_is(*in->at, H1_B_BLANK) && p->flags & H1_F_FOLDABLE) {
		p->state = H1_VALUE;
		return;
	}
	if (p->value != H1_V_OTHER) {
		h1_value_end(p, in, location);
		if (p->state != H1_LINE)
			return;
	}
	h1_text_begin(p, in);
	switch (*in->at) {
	case '\r':
		in->at++;
		p->state = H1_EMPTY_LF;
		break;
	case '\n':
		section_end(p, in, location);
		break;
	case ' ':
	case '\t':
		fields_wrong(p, in, H1_E_HEADER_NAME);
		break;
	default:
		p->flags |= H1_F_FOLDABLE;
		p->state = H1_NAME;
		name(p, in, location);
	}
}

static void empty_lf(struct h1_parser *p, struct h1_input *in, struct h1_location *location)
{
	if (*in->at != '\n')
		fields_wrong(p, in, H1_E_BARE_CR);
	else
		section_end(p, in, location);
}

void h1_take_head(struct h1_parser *p, struct h1_input *in, struct h1_location *location)
{
	while (in->at < in->stop) {
		switch ((enum h1_state)p->state) {
		case H1_STATUS:
			status_code(p, in);
			break;
		case H1_REASON:
			reason(p, in);
			break;
		case H1_STATUS_LF:
			status_lf(p, in);
			break;
		case H1_LINE:
			line(p, in, location);
			break;
		case H1_NAME:
			name(p, in, location);
			break;
		case H1_NAME_SPACE:
			name_space(p, in);
			break;
		case H1_NAME_OTHER:
			name_other(p, in);
			break;
		case H1_VALUE:
			value(p, in, location);
			break;
		case H1_VALUE_LF:
			value_lf(p, in);
			break;
		case H1_EMPTY_LF:
			empty_lf(p, in, location);
			break;
		default: /* the section has ended, with or without an error */
			return;
		}
	}
}
