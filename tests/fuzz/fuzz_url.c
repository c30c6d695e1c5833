/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* URLs, and the Location values of redirects. Input: a URL, and after a line break a reference to resolve
 * against it. */
#include "fuzz.h"
#include "plan/target.h"

static bool clean(const char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text <= ' ' || *text == 0x7f)
			return false;
	return true;
}

/* The result is valid in a request line and a Host field, and has the same meaning when parsed again. */
static void must_be_sound(const struct target *t)
{
	struct target again;
	char *url;

	MUST(*t->host && clean(t->host) && t->port);
	MUST(*t->authority && clean(t->authority) && !strpbrk(t->authority, "/?#@"));
	MUST(t->path[0] == '/' && clean(t->path) && !strchr(t->path, '#'));
	for (const char *c = t->host; *c; c++)
		MUST(*c < 'A' || *c > 'Z');
	url = malloc(strlen(t->authority) + strlen(t->path) + sizeof("https://"));
	MUST(url);
	strcpy(url, t->tls ? "https://" : "http://");
	strcat(url, t->authority);
	strcat(url, t->path);
	MUST(!target_parse(&again, url, NULL));
	MUST(!strcmp(again.host, t->host) && again.port == t->port && !strcmp(again.path, t->path));
	MUST(!strcmp(again.authority, t->authority));
	/* Neither a zone nor a socket is part of the authority. */
	if (!*t->zone && !t->unix_path)
		MUST(target_same_origin(&again, t));
	target_deinit(&again);
	free(url);
}

static void join(const struct target *base, const char *location)
{
	struct target target;

	if (target_join(&target, base, location) != TARGET_FOLLOW)
		return;
	must_be_sound(&target);
	target_deinit(&target);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *line_end = size ? memchr(data, '\n', size) : NULL;
	size_t length = line_end ? (size_t)(line_end - data) : size;
	char *url = fuzz_string(data, length);
	char *location = line_end ? fuzz_string(line_end + 1, size - length - 1) : NULL;
	struct vastar_error err = {.text = ""};
	struct target target;

	if (target_parse(&target, url, &err)) {
		MUST(err.status == VASTAR_E_USAGE && *err.text && strlen(err.text) < sizeof(err.text));
		MUST(!target_parse(&target, "http://[::1]:8080/a/b/c?d", NULL));
	} else {
		must_be_sound(&target);
	}
	if (location)
		join(&target, location);
	target_deinit(&target);
	free(location);
	free(url);
	return 0;
}
