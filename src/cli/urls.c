/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "cli/urls.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/common.h"
#include "cli/exit.h"

static int check(const struct url_options *o, const char *url, bool *randomp, struct vastar_error *err)
{
	if (o->order && !o->file)
		return err_set(err, VASTAR_E_USAGE, "--order: there is one request only (add --urls FILE)");
	if (o->order && strcmp(o->order, "random") != 0 && strcmp(o->order, "round-robin") != 0)
		return err_set(err, VASTAR_E_USAGE, "--order '%.40s': not known (use round-robin or random)",
			       o->order);
	if (o->file && url)
		return err_set(err, VASTAR_E_USAGE,
			       "--urls and a URL (%.100s): the file has the URLs (leave one of them out)",
			       url);
	*randomp = o->order && !strcmp(o->order, "random");
	return 0;
}

/* File names in a line are relative to the working directory, as with -D. */
static int read_bodies(struct url_file *file, struct vastar_error *err)
{
	for (size_t i = 0; i < file->count; i++) {
		struct url_line *line = &file->lines[i];
		char option[300];
		int rc;

		if (!line->body_file)
			continue;
		snprintf(option, sizeof(option), "body_file, %s", line->origin);
		rc = read_input(option, line->body_file, &line->body, &line->body_length, err);
		if (rc)
			return rc;
	}
	return 0;
}

static int read_file(struct url_file *file, const char *path, struct vastar_error *err)
{
	char *text = NULL;
	size_t length;
	int rc = read_named("URL file", "--urls", path, &text, &length, err);

	if (rc)
		return rc;
	exit_without_memory_for_json();
	rc = url_file_parse(file, path, text, length, err);
	return_without_memory_for_json();
	free(text);
	return rc ? rc : read_bodies(file, err);
}

int set_urls(struct vastar_settings *settings, const struct url_options *o, const char **urlp,
	     struct url_requests *made, struct vastar_error *err)
{
	int rc = check(o, *urlp, &settings->mix_random, err);

	if (rc || !o->file)
		return rc;
	rc = read_file(&made->file, o->file, err);
	if (rc)
		return rc;
	made->list = url_file_requests(&made->file);
	if (!made->list)
		return err_nomem(err, "URLs");
	settings->mix = made->list;
	settings->mix_count = made->file.count;
	snprintf(made->title, sizeof(made->title), "%.200s (%zu request%s)", o->file, made->file.count,
		 made->file.count == 1 ? "" : "s");
	*urlp = made->title;
	return 0;
}

void url_requests_free(struct url_requests *made)
{
	free(made->list);
	url_file_free(&made->file);
}
