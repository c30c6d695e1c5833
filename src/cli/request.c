/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "cli/request.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/err.h"
#include "cli/common.h"
#include "cli/form.h"

/* ---- headers ---- */

/* Cuts the text into lines in place. Empty lines and comments are skipped. */
static int add_lines(struct made_request *made, char *text, struct vastar_error *err)
{
	int rc = 0;

	for (char *line; !rc && (line = strsep(&text, "\n"));) {
		size_t length = strlen(line);

		if (length && line[length - 1] == '\r')
			line[length - 1] = '\0';
		if (*line && *line != '#')
			rc = option_list_add(&made->headers, line, err);
	}
	return rc;
}

static int read_header_file(struct made_request *made, const char *name, struct vastar_error *err)
{
	char **texts = realloc(made->texts, (made->text_count + 1) * sizeof(*texts)), *bytes, *grown;
	size_t length;
	int rc;

	if (!texts)
		return err_nomem(err, "headers");
	made->texts = texts;
	rc = read_named("header file", "--header-file", name, &bytes, &length, err);
	if (rc)
		return rc;
	made->texts[made->text_count++] = bytes;
	if (memchr(bytes, '\0', length))
		return err_set(err, VASTAR_E_USAGE, "header file %s: it has a byte 0 (the file must be text)",
			       name);
	grown = realloc(bytes, length + 1);
	if (!grown)
		return err_nomem(err, "headers");
	grown[length] = '\0';
	made->texts[made->text_count - 1] = grown;
	/* some editors begin UTF-8 with it */
	return add_lines(made, strncmp(grown, "\xef\xbb\xbf", 3) ? grown : grown + 3, err);
}

/* Those of -H come last, so that they replace others. */
static int set_headers(struct vastar_settings *settings, const struct request_options *o,
		       struct made_request *made, struct vastar_error *err)
{
	int rc = 0;

	for (size_t i = 0; !rc && i < o->header_files.count; i++)
		rc = read_header_file(made, o->header_files.items[i], err);
	for (size_t i = 0; !rc && i < o->headers.count; i++)
		rc = option_list_add(&made->headers, o->headers.items[i], err);
	settings->headers = made->headers.items;
	settings->header_count = made->headers.count;
	return rc;
}

/* ---- the body ---- */

static int check_bodies(const struct vastar_settings *settings, const struct request_options *o,
			struct vastar_error *err)
{
	const struct {
		bool given;
		const char *option;
	} bodies[] = {
	    {o->body, "-d"},
	    {o->body_file, "-D"},
	    {o->urlencoded.count, "--data-urlencode"},
	    {o->form.count, "-F"},
	};
	const char *first = NULL;

	for (size_t i = 0; i < sizeof(bodies) / sizeof(*bodies); i++) {
		if (first && bodies[i].given)
			return err_set(err, VASTAR_E_USAGE, "body: given twice (either %s or %s)", first,
				       bodies[i].option);
		if (bodies[i].given)
			first = bodies[i].option;
	}
	if (o->form.count && settings->content_type)
		return err_set(err, VASTAR_E_USAGE,
			       "-T with -F: a form has a type of its own, with its boundary (leave -T out)");
	return 0;
}

static bool has_content_type(const struct made_request *made)
{
	static const char name[] = "Content-Type:";

	for (size_t i = 0; i < made->headers.count; i++)
		if (!strncasecmp(made->headers.items[i], name, sizeof(name) - 1))
			return true;
	return false;
}

/* As curl: POST, and the type of a form. */
static int set_form(struct vastar_settings *settings, const struct request_options *o,
		    struct made_request *made, struct vastar_error *err)
{
	int rc;

	settings->body_source = o->form.count ? "-F" : "--data-urlencode";
	if (o->form.count) {
		rc = form_multipart(&o->form, settings->seed, &made->body, &settings->body_length,
				    &made->content_type, err);
		settings->content_type = made->content_type;
	} else {
		rc = form_urlencode(&o->urlencoded, &made->body, &settings->body_length, err);
		if (!settings->content_type && !has_content_type(made))
			settings->content_type = "application/x-www-form-urlencoded";
	}
	settings->body = made->body;
	if (!settings->method)
		settings->method = "POST";
	return rc;
}

static int set_body(struct vastar_settings *settings, const struct request_options *o,
		    struct made_request *made, struct vastar_error *err)
{
	int rc = check_bodies(settings, o, err);

	if (rc)
		return rc;
	if (o->form.count || o->urlencoded.count)
		return set_form(settings, o, made, err);
	if (o->body) {
		settings->body = o->body;
		settings->body_length = strlen(o->body);
		settings->body_source = "-d";
	}
	if (o->body_file) {
		rc = read_input("-D", o->body_file, &made->body, &settings->body_length, err);
		settings->body = made->body;
		settings->body_source = strcmp(o->body_file, "-") ? o->body_file : "standard input";
	}
	return rc;
}

/* ---- the request ---- */

/* A hook for tests; what is no number there is none. */
static void set_swing(struct vastar_settings *settings)
{
	const char *workers = getenv("VASTAR_SWING_WORKERS");

	settings->swing_workers = workers ? (uint32_t)strtoul(workers, NULL, 10) : 0;
}

int set_request(struct vastar_settings *settings, const struct request_options *o, struct made_request *made,
		struct vastar_error *err)
{
	int rc;

	settings->resolve = o->resolve.items;
	settings->resolve_count = o->resolve.count;
	settings->connect_to = o->connect_to.items;
	settings->connect_to_count = o->connect_to.count;
	settings->expect = o->expect.items;
	settings->expect_count = o->expect.count;
	settings->disabled_features = getenv("VASTAR_DISABLE_FEATURES");
	if (settings->disabled_features && !*settings->disabled_features)
		settings->disabled_features = NULL;
	if (!settings->tls_key_log_file && getenv("SSLKEYLOGFILE") && *getenv("SSLKEYLOGFILE"))
		settings->tls_key_log_file = getenv("SSLKEYLOGFILE");
	settings->proxy_environment = true;
	set_swing(settings);
	rc = set_headers(settings, o, made, err);
	return rc ? rc : set_body(settings, o, made, err);
}

void made_request_free(struct made_request *made)
{
	for (size_t i = 0; i < made->text_count; i++)
		free(made->texts[i]);
	free(made->texts);
	free(made->headers.items);
	free(made->body);
	free(made->content_type);
	*made = (struct made_request){0};
}

void free_request(struct request_options *o)
{
	free(o->headers.items);
	free(o->header_files.items);
	free(o->urlencoded.items);
	free(o->form.items);
	free(o->expect.items);
	free(o->resolve.items);
	free(o->connect_to.items);
}
