/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "proto/sse.h"

#include <string.h>

enum state {
	SSE_MARK,  /* at the start of the stream, within a byte order mark; name_length counts its bytes */
	SSE_LINE,  /* at the start of a line */
	SSE_NAME,  /* in the name of a field */
	SSE_COLON, /* behind the colon of a `data` field */
	SSE_VALUE, /* in its value */
	SSE_SKIP,  /* in a comment, or in the value of another field */
};

static const char mark[] = "\xef\xbb\xbf", data_name[] = "data";

enum { MARK_LENGTH = 3, DATA_LENGTH = 4, NAME_TOO_LONG = DATA_LENGTH + 1 };

void sse_begin(struct sse *sse)
{
	*sse = (struct sse){.state = SSE_MARK};
}

bool sse_incomplete(const struct sse *sse)
{
	return sse->has_data || sse->state == SSE_NAME || sse->state == SSE_COLON || sse->state == SSE_VALUE;
}

static bool ends_line(char byte)
{
	return byte == '\n' || byte == '\r';
}

/* The first CR or LF, or `stop`. */
static const char *line_end(const char *at, const char *stop)
{
	const char *lf = memchr(at, '\n', (size_t)(stop - at));
	const char *cr = memchr(at, '\r', (size_t)((lf ? lf : stop) - at));

	return cr ? cr : lf ? lf : stop;
}

static bool names_data(const struct sse *sse)
{
	return sse->name_length == DATA_LENGTH && !memcmp(sse->name, data_name, DATA_LENGTH);
}

/* A `data` field begins. True if there is a LF to put between it and the one before. */
static bool begin_data(struct sse *sse)
{
	bool second = sse->has_data;

	sse->has_data = true;
	return second;
}

/* At the end of a line, which *atp is behind. */
static void end_line(struct sse *sse, const char **atp)
{
	sse->after_cr = *(*atp)++ == '\r';
	sse->state = SSE_LINE;
}

static void take_mark(struct sse *sse, const char **atp, const char *stop)
{
	for (; *atp < stop && sse->name_length < MARK_LENGTH; (*atp)++)
		if (*(*atp) != mark[sse->name_length++]) {
			/* Half a mark is the start of a field whose name is not "data". */
			sse->state = sse->name_length > 1 ? SSE_SKIP : SSE_LINE;
			sse->name_length = 0;
			return;
		}
	if (sse->name_length == MARK_LENGTH)
		sse->state = SSE_LINE;
}

/* True with the end of an event. */
static bool take_line_start(struct sse *sse, const char **atp)
{
	char byte = **atp;

	if (sse->after_cr && byte == '\n') {
		sse->after_cr = false;
		(*atp)++;
	} else if (ends_line(byte)) {
		bool event = sse->has_data;

		end_line(sse, atp);
		sse->has_data = false;
		return event;
	} else {
		sse->after_cr = false;
		sse->name_length = 0;
		sse->state = byte == ':' ? SSE_SKIP : SSE_NAME;
	}
	return false;
}

/* True when a second `data` field of the event begins. */
static bool take_name(struct sse *sse, const char **atp, const char *stop)
{
	for (; *atp < stop; (*atp)++) {
		char byte = **atp;

		if (byte == ':') {
			(*atp)++;
			if (names_data(sse)) {
				sse->state = SSE_COLON;
				return begin_data(sse);
			}
			sse->state = SSE_SKIP;
			return false;
		}
		if (ends_line(byte)) { /* a field without a value */
			end_line(sse, atp);
			return names_data(sse) && begin_data(sse);
		}
		if (sse->name_length < DATA_LENGTH)
			sse->name[sse->name_length] = byte;
		if (sse->name_length < NAME_TOO_LONG)
			sse->name_length++;
	}
	return false;
}

/* True with a piece of the value. */
static bool take_value(struct sse *sse, const char **atp, const char *stop, struct sse_piece *piece)
{
	const char *end = line_end(*atp, stop);

	*piece = (struct sse_piece){*atp, (size_t)(end - *atp)};
	*atp = end;
	if (end < stop)
		end_line(sse, atp);
	return piece->length > 0;
}

enum sse_part sse_next(struct sse *sse, const char **atp, const char *stop, struct sse_piece *piece)
{
	while (*atp < stop) {
		switch ((enum state)sse->state) {
		case SSE_MARK:
			take_mark(sse, atp, stop);
			break;
		case SSE_LINE:
			if (take_line_start(sse, atp))
				return SSE_EVENT;
			break;
		case SSE_NAME:
			if (take_name(sse, atp, stop)) {
				*piece = (struct sse_piece){"\n", 1};
				return SSE_DATA;
			}
			break;
		case SSE_COLON:
			*atp += **atp == ' ';
			sse->state = SSE_VALUE;
			break;
		case SSE_VALUE:
			if (take_value(sse, atp, stop, piece))
				return SSE_DATA;
			break;
		case SSE_SKIP:
			*atp = line_end(*atp, stop);
			if (*atp < stop)
				end_line(sse, atp);
			break;
		}
	}
	return SSE_MORE;
}
