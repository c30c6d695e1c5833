/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * The file of --urls: one request in each line, a URL or a JSON object {"method", "url", "headers", "body",
 * "body_file", "weight", "expect"}. Empty lines and lines that begin with # are skipped. Only the form is
 * checked here; the URLs themselves by the plan.
 */
#ifndef VASTAR_PLAN_URL_FILE_H
#define VASTAR_PLAN_URL_FILE_H

#include <vastar/vastar.h>

#include "base/err.h"

struct url_line {
	char *url, *method, *body, *body_file, *origin; /* NULL: not given, except url and origin; owned */
	char **headers, **expect;			/* owned, as are their members */
	size_t header_count, expect_count, body_length;
	uint32_t weight;
};

struct url_file {
	struct url_line *lines;
	size_t count;
};

/* `name` is that of the file, for messages, which begin with file and line. Call url_file_free() even after a
 * failure. */
int url_file_parse(struct url_file *file, const char *name, const char *text, size_t length,
		   struct vastar_error *err);
void url_file_free(struct url_file *file);

/* The requests, for vastar_settings.mix; they point into *file. The caller frees the list. NULL: out of
 * memory. */
struct vastar_request *url_file_requests(const struct url_file *file);

#endif
