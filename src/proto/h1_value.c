/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Reads the values of Content-Length, Transfer-Encoding, Connection and Location byte by byte. Everything
 * else in a head is skipped. A list may be spread over several field lines (RFC 9110 section 5.3) and may
 * hold empty items (section 5.6.1.2). Both end up in the same flags.
 */
#include "proto/h1_internal.h"

const char *h1_value_name(enum h1_value value)
{
	static const char *const names[] = {
	    [H1_V_OTHER] = "",
	    [H1_V_LENGTH] = "Content-Length",
	    [H1_V_CODING] = "Transfer-Encoding",
	    [H1_V_CONNECTION] = "Connection",
	    [H1_V_LOCATION] = "Location",
	};

	return names[value];
}

void h1_value_begin(struct h1_parser *p, const char *name, size_t length, struct h1_location *location)
{
	enum h1_value value = H1_V_OTHER;

	switch (length) {
	case 8:
		if (h1_same(name, "location", 8)) {
			p->flags |= H1_F_LOCATION;
			/* With several Location fields the first one counts: none is more right than
			 * another. */
			if (location && !location->length)
				value = H1_V_LOCATION;
		}
		break;
	case 10:
		if (h1_same(name, "connection", 10))
			value = H1_V_CONNECTION;
		break;
	case 14:
		if (h1_same(name, "content-length", 14))
			value = H1_V_LENGTH;
		break;
	case 17:
		if (h1_same(name, "transfer-encoding", 17)) {
			value = H1_V_CODING;
			p->flags |= H1_F_CODED;
		}
		break;
	}
	p->value = value;
	p->item = H1_I_START;
}

/* ---- Content-Length ---- */

/*
 * 1*DIGIT (RFC 9110 section 8.6). A list of equal numbers, in one field line or several, passes as that
 * number. Anything else is an error at once, even with a Transfer-Encoding that overrides it and in a
 * response without a body. RFC 9112 section 6.3 rule 3 says that it "ought to be handled as an error", and
 * RFC 9110 section 8.6 allows to reject the message. The user of a server that sends this wants to know.
 */
static void length_number_end(struct h1_parser *p, struct h1_input *in)
{
	if (p->flags & H1_F_LENGTH && p->length != p->left) {
		h1_wrong_before(p, in, H1_E_LENGTH_CONFLICT);
		return;
	}
	p->length = p->left;
	p->flags |= H1_F_LENGTH;
	p->item = H1_I_NUMBER;
}

static void length_digit(struct h1_parser *p, struct h1_input *in)
{
	unsigned digit = (unsigned)(*in->at - '0');

	if (p->left > (UINT64_MAX - digit) / 10) {
		h1_wrong(p, in, H1_E_LENGTH_OVERFLOW);
		return;
	}
	p->left = p->left * 10 + digit;
	in->at++;
}

static void length_byte(struct h1_parser *p, struct h1_input *in)
{
	char byte = *in->at;

	if (!in->mark && p->item != H1_I_START) /* behind a fold */
		in->mark = in->at;
	if (p->item == H1_I_TOKEN && h1_is_digit(byte)) {
		length_digit(p, in);
	} else if (h1_is(byte, H1_B_BLANK)) {
		if (p->item == H1_I_TOKEN)
			p->item = H1_I_AFTER;
		in->at++;
	} else if (byte == ',' && (p->item == H1_I_TOKEN || p->item == H1_I_AFTER)) {
		length_number_end(p, in);
		if (p->state == H1_VALUE)
			in->at++;
	} else {
		if (p->item == H1_I_START)
			h1_text_begin(p, in);
		if (!h1_is_digit(byte) || p->item == H1_I_AFTER) {
			h1_wrong(p, in, H1_E_LENGTH_INVALID);
			return;
		}
		p->item = H1_I_TOKEN;
		p->left = 0;
		length_digit(p, in);
	}
}

/* ---- Transfer-Encoding and Connection ---- */

static bool token_is(const struct h1_parser *p, const char *word)
{
	return strlen(word) == p->text_length && h1_same(p->text, word, p->text_length);
}

/* The token is complete and is in parser->text. A coding with parameters is not chunked: chunked has none
 * (RFC 9112 section 7.1), and such a coding was refused at its ';'. */
static void coding_end(struct h1_parser *p, struct h1_input *in)
{
	bool chunked = p->item != H1_I_PARAMETER && token_is(p, "chunked");

	if (chunked && p->flags & H1_F_CHUNKED) { /* RFC 9112 section 6.1: chunked at most once */
		h1_wrong_before(p, in, H1_E_CODING);
		return;
	}
	p->flags &= (uint16_t)~H1_F_CHUNKED_LAST;
	if (chunked)
		p->flags |= H1_F_CHUNKED | H1_F_CHUNKED_LAST;
	p->item = H1_I_START;
}

static void connection_end(struct h1_parser *p)
{
	if (p->item != H1_I_IGNORED) {
		if (token_is(p, "close"))
			p->flags |= H1_F_CLOSE;
		else if (token_is(p, "keep-alive"))
			p->flags |= H1_F_KEEP_ALIVE;
	}
	p->item = H1_I_START;
}

static void item_end(struct h1_parser *p, struct h1_input *in)
{
	if (p->value == H1_V_CODING)
		coding_end(p, in);
	else
		connection_end(p);
}

/* A byte that does not belong here. It is an error in Transfer-Encoding, which is framing and must be
 * understood. In Connection the item is ignored. */
static void item_wrong(struct h1_parser *p, struct h1_input *in)
{
	if (p->value == H1_V_CODING) {
		h1_wrong(p, in, H1_E_CODING);
		return;
	}
	h1_text_end(p, in);
	p->item = H1_I_IGNORED;
	in->at++;
}

static void item_token(struct h1_parser *p, struct h1_input *in)
{
	in->at = h1_skip(in->at, in->stop, H1_B_TOKEN);
	if (in->at == in->stop || !h1_is(*in->at, H1_B_TEXT))
		return;
	if (h1_is(*in->at, H1_B_BLANK) || *in->at == ',') {
		h1_text_end(p, in);
		p->item = H1_I_AFTER;
	} else if (*in->at == ';' && p->value == H1_V_CODING) {
		h1_text_keep(p, in);
		p->item = H1_I_AFTER;
	} else {
		item_wrong(p, in);
	}
}

static void item_after(struct h1_parser *p, struct h1_input *in)
{
	char byte = *in->at;

	if (byte == ',') {
		item_end(p, in);
	} else if (byte == ';' && p->value == H1_V_CODING && !token_is(p, "chunked")) {
		p->item = H1_I_PARAMETER;
	} else if (!h1_is(byte, H1_B_BLANK)) {
		if (!in->mark) { /* shown as "chunked foo", whatever the white space was */
			h1_text_add(p, " ", 1);
			in->mark = in->at;
		}
		item_wrong(p, in);
		return;
	}
	if (p->state == H1_VALUE)
		in->at++;
}

/* Skips a transfer-parameter (RFC 9112 section 7): only a comma outside quotes ends it. */
static void item_parameter(struct h1_parser *p, struct h1_input *in)
{
	char byte = *in->at;

	if (p->item == H1_I_ESCAPED)
		p->item = H1_I_QUOTED;
	else if (p->item == H1_I_QUOTED)
		p->item = byte == '"' ? H1_I_PARAMETER : byte == '\\' ? H1_I_ESCAPED : H1_I_QUOTED;
	else if (byte == '"')
		p->item = H1_I_QUOTED;
	else if (byte == ',')
		item_end(p, in);
	in->at++;
}

static void item_byte(struct h1_parser *p, struct h1_input *in)
{
	switch ((enum h1_item)p->item) {
	case H1_I_START:
		if (h1_is(*in->at, H1_B_BLANK) || *in->at == ',') {
			in->at++;
			break;
		}
		h1_text_begin(p, in);
		if (h1_is(*in->at, H1_B_TOKEN))
			p->item = H1_I_TOKEN;
		else
			item_wrong(p, in);
		break;
	case H1_I_TOKEN:
		item_token(p, in);
		break;
	case H1_I_AFTER:
		item_after(p, in);
		break;
	case H1_I_PARAMETER:
	case H1_I_QUOTED:
	case H1_I_ESCAPED:
		item_parameter(p, in);
		break;
	case H1_I_IGNORED:
	case H1_I_NUMBER:
		if (*in->at == ',')
			p->item = H1_I_START;
		in->at++;
		break;
	}
}

/* ---- Location ---- */

static void location_byte(struct h1_parser *p, char byte, struct h1_location *location)
{
	bool blank = h1_is(byte, H1_B_BLANK);

	if (!location || (p->item == H1_I_START && blank))
		return;
	p->item = H1_I_TOKEN;
	if (location->length < location->capacity) {
		location->value[location->length++] = byte;
	} else if (!blank) { /* trailing white space is cut off anyway; other bytes do not fit */
		location->length = 0;
		p->value = H1_V_OTHER;
	}
}

static void location_end(struct h1_location *location)
{
	while (location && location->length && h1_is(location->value[location->length - 1], H1_B_BLANK))
		location->length--;
}

/* ---- all values ---- */

void h1_value_take(struct h1_parser *p, struct h1_input *in, struct h1_location *location)
{
	while (in->at < in->stop && p->state == H1_VALUE && h1_is(*in->at, H1_B_TEXT)) {
		switch ((enum h1_value)p->value) {
		case H1_V_LENGTH:
			length_byte(p, in);
			break;
		case H1_V_CODING:
		case H1_V_CONNECTION:
			item_byte(p, in);
			break;
		case H1_V_LOCATION:
			location_byte(p, *in->at++, location);
			break;
		case H1_V_OTHER:
			return;
		}
	}
}

/* A fold counts as white space, so it ends a token even where the value goes on. */
void h1_value_line_end(struct h1_parser *p, struct h1_input *in)
{
	if (p->value == H1_V_OTHER)
		return;
	if (in->mark)
		h1_text_end(p, in);
	if (p->item == H1_I_TOKEN && p->value != H1_V_LOCATION)
		p->item = H1_I_AFTER;
}

void h1_value_end(struct h1_parser *p, struct h1_input *in, struct h1_location *location)
{
	switch ((enum h1_value)p->value) {
	case H1_V_LENGTH:
		if (p->item == H1_I_AFTER)
			length_number_end(p, in);
		else
			h1_wrong_before(p, in, H1_E_LENGTH_INVALID);
		break;
	case H1_V_CODING:
		if (p->item == H1_I_QUOTED || p->item == H1_I_ESCAPED)
			h1_wrong_before(p, in, H1_E_CODING);
		else if (p->item != H1_I_START)
			coding_end(p, in);
		break;
	case H1_V_CONNECTION:
		if (p->item != H1_I_START)
			connection_end(p);
		break;
	case H1_V_LOCATION:
		location_end(location);
		break;
	case H1_V_OTHER:
		break;
	}
	p->value = H1_V_OTHER;
}
