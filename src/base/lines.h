/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Reads the lines of a small text file, such as the kernel's files in /proc and /sys. It allocates no memory:
 * these files are read several times a second during a run, and the process may have no memory left.
 */
#ifndef VASTAR_BASE_LINES_H
#define VASTAR_BASE_LINES_H

#include <stdbool.h>
#include <stddef.h>

enum { LINE_LONGEST = 4096 };

struct lines {
	int file;	   /* -1: the file could not be opened */
	size_t next, held; /* in the buffer: the first byte not handed out yet, and the number of all bytes */
	bool cut;	   /* the last line was handed out without its end */
	char buffer[LINE_LONGEST];
};

/* Opens `root` followed by `path`. If the file does not exist, there are no lines. Call lines_close() in
 * either case. */
void lines_open(struct lines *lines, const char *root, const char *path);
void lines_close(struct lines *lines);

/* Returns the next line without its newline, valid until the next call; NULL at the end. A line longer
 * than LINE_LONGEST - 1 bytes is cut. */
char *lines_next(struct lines *lines);

/* Copies the first line of a file into `line`, cut to `size` - 1 bytes. False: there is none. */
bool lines_first(const char *root, const char *path, char *line, size_t size);

#endif
