/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Lines of a small text file, such as the kernel's in /proc and /sys, without memory of the heap: these files
 * are read several times a second while a run goes on, and in a process that may have no memory left.
 */
#ifndef VASTAR_BASE_LINES_H
#define VASTAR_BASE_LINES_H

#include <stdbool.h>
#include <stddef.h>

enum { LINE_LONGEST = 4096 };

struct lines {
	int file;	   /* -1: it could not be opened */
	size_t next, held; /* bytes of the buffer: the first that was not handed out, and all */
	bool cut;	   /* the last line was handed out without its end */
	char buffer[LINE_LONGEST];
};

/* Opens `path` below `root`, which is put in front of it as it stands. No file: there are no lines. Close it
 * in either case. */
void lines_open(struct lines *lines, const char *root, const char *path);
void lines_close(struct lines *lines);

/* The next line without its newline, valid until the next call; NULL: there is none. Of a line longer than
 * LINE_LONGEST - 1 bytes the rest is left out. */
char *lines_next(struct lines *lines);

/* The first line of a file into `line`, cut to `size` - 1 bytes. False: there is none. */
bool lines_first(const char *root, const char *path, char *line, size_t size);

#endif
