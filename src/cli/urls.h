/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* --urls and --order. */
#ifndef VASTAR_CLI_URLS_H
#define VASTAR_CLI_URLS_H

#include "cli/options.h"
#include "plan/url_file.h"

struct url_requests {
	struct url_file file;
	struct vastar_request *list;
	char title[256]; /* stands for the URL in the report */
};

/* Reads the file, if there is one, into the settings; *urlp is the URL that was given, and becomes the title.
 * `made` must outlive the settings; call url_requests_free() even after a failure. */
int set_urls(struct vastar_settings *settings, const struct url_options *options, const char **urlp,
	     struct url_requests *made, struct vastar_error *err);
void url_requests_free(struct url_requests *made);

#endif
