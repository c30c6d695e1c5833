/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "base/lines.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

void lines_open(struct lines *lines, const char *root, const char *path)
{
	char whole[PATH_MAX];

	lines->next = lines->held = 0;
	lines->cut = false;
	lines->file = -1;
	if ((size_t)snprintf(whole, sizeof(whole), "%s%s", root, path) < sizeof(whole))
		lines->file = open(whole, O_RDONLY | O_CLOEXEC);
}

void lines_close(struct lines *lines)
{
	if (lines->file >= 0)
		close(lines->file);
	lines->file = -1;
}

/* Moves the bytes that were not handed out to the front, and reads more behind them. False: the end, or no
 * room. */
static bool read_more(struct lines *lines)
{
	size_t room;
	ssize_t got;

	lines->held -= lines->next;
	memmove(lines->buffer, lines->buffer + lines->next, lines->held);
	lines->next = 0;
	room = sizeof(lines->buffer) - 1 - lines->held;
	if (lines->file < 0 || !room)
		return false;
	do
		got = read(lines->file, lines->buffer + lines->held, room);
	while (got < 0 && errno == EINTR);
	if (got <= 0)
		return false;
	lines->held += (size_t)got;
	return true;
}

static char *newline_of(const struct lines *lines)
{
	return memchr(lines->buffer + lines->next, '\n', lines->held - lines->next);
}

/* Skips the rest of a line that was cut, including its newline. */
static void skip_rest(struct lines *lines)
{
	char *end;

	while (!(end = newline_of(lines))) {
		lines->next = lines->held;
		if (!read_more(lines))
			return;
	}
	lines->next = (size_t)(end + 1 - lines->buffer);
}

char *lines_next(struct lines *lines)
{
	char *line, *end;

	if (lines->cut)
		skip_rest(lines);
	while (!(end = newline_of(lines)) && read_more(lines))
		;
	line = lines->buffer + lines->next;
	if (!end && lines->next == lines->held)
		return NULL;
	/* No newline: the file has ended, or the buffer is full. */
	lines->cut = !end;
	if (!end)
		end = lines->buffer + lines->held;
	*end = '\0';
	lines->next = (size_t)(end + !lines->cut - lines->buffer);
	return line;
}

bool lines_first(const char *root, const char *path, char *line, size_t size)
{
	struct lines lines;
	const char *first;

	lines_open(&lines, root, path);
	first = lines_next(&lines);
	if (first)
		snprintf(line, size, "%s", first);
	lines_close(&lines);
	return first;
}
