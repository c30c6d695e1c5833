/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * A URL reference is cut into views first: plan/url.h. From there a typed URL and a Location take different
 * ways to target_fill(): a typed URL gets error messages and may lack its scheme; a Location is merged with
 * the target that sent it.
 */
#include "plan/target.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plan/authority.h"
#include "plan/target_unix.h"
#include "plan/url.h"

#ifdef HAVE_TLS
static const bool have_tls = true;
#else
static const bool have_tls = false;
#endif

/* ---- path ---- */

/* Copies what `from` holds, bytes above ASCII percent-encoded (RFC 3986 section 2.1). Returns the end. */
static char *put_encoded(char *to, struct view from)
{
	static const char hex[] = "0123456789ABCDEF";

	for (size_t i = 0; i < from.length; i++) {
		unsigned char c = (unsigned char)from.text[i];

		if (c < 0x80) {
			*to++ = (char)c;
		} else {
			*to++ = '%';
			*to++ = hex[c >> 4];
			*to++ = hex[c & 15];
		}
	}
	return to;
}

/* base (up to its last slash) + path + ?query as an origin-form, to be freed; NULL without memory. */
static char *origin_form(struct view base, struct view path, struct view query)
{
	char *text = malloc((base.length + path.length + query.length) * 3 + 3), *end = text;

	if (!text)
		return NULL;
	if (!base.length && (!path.length || *path.text != '/'))
		*end++ = '/';
	end = put_encoded(end, base);
	end = put_encoded(end, path);
	if (query.text) {
		*end++ = '?';
		end = put_encoded(end, query);
	}
	*end = '\0';
	return text;
}

/* Removes "." and ".." from the path of an origin-form, in place (RFC 3986 section 5.2.4). */
static void remove_dot_segments(char *text)
{
	char *in = text, *out = text, *end = text + strcspn(text, "?");

	while (in < end) { /* in points at the slash that a segment starts with */
		size_t length = 1 + strcspn(in + 1, "/?");
		bool dot = length == 2 && in[1] == '.', dots = length == 3 && in[1] == '.' && in[2] == '.';

		if (dots)
			while (out > text && *--out != '/')
				;
		if (!dot && !dots) {
			memmove(out, in, length);
			out += length;
		} else if (in + length == end) { /* a last "/." or "/.." leaves its slash */
			*out++ = '/';
		}
		in += length;
	}
	memmove(out, end, strlen(end) + 1);
}

/* ---- target ---- */

/* What a scheme says; {0}: http. */
struct scheme {
	bool tls, websocket;
};

/* Takes ownership of `path`, and frees it on failure. */
static int target_fill(struct target *target, struct scheme scheme, const struct authority *place, char *path,
		       struct vastar_error *err)
{
	const char *format = strchr(place->host, ':') ? "[%s]" : "%s";
	struct target filled = {
	    .port = place->port, .tls = scheme.tls, .websocket = scheme.websocket, .path = path};
	char authority[HOST_MAX + sizeof("[]:65535")];
	int length = snprintf(authority, sizeof(authority), format, place->host);

	if (place->port != authority_default_port(scheme.tls))
		snprintf(authority + length, sizeof(authority) - (size_t)length, ":%u", place->port);
	memcpy(filled.zone, place->zone, sizeof(filled.zone));
	filled.host = strdup(place->host);
	filled.authority = strdup(authority);
	if (!filled.host || !filled.authority || !path) {
		target_deinit(&filled);
		return err_nomem(err, "URL");
	}
	*target = filled;
	return 0;
}

static const char *const scheme_names[2][2] = {{"http", "ws"}, {"https", "wss"}}; /* [tls][websocket] */

/* False: it is none of the four. */
static bool scheme_find(struct view name, struct scheme *scheme)
{
	for (unsigned i = 0; i < 4; i++) {
		*scheme = (struct scheme){.tls = i & 1, .websocket = i & 2};
		if (view_is(name, scheme_names[scheme->tls][scheme->websocket]))
			return true;
	}
	*scheme = (struct scheme){0};
	return false;
}

/* Why this scheme is not supported; 0 for http, https, ws and wss, with what they say. */
static int scheme_check(struct view name, bool slashes, struct scheme *scheme, struct vastar_error *err)
{
	bool known = scheme_find(name, scheme);
	const char *own = scheme_names[scheme->tls][scheme->websocket];

	if (scheme->tls && !have_tls)
		return err_set(err, VASTAR_E_USAGE,
			       "URL: this vastar was built without TLS (install libssl-dev and build it "
			       "again, or use %s://)",
			       scheme_names[false][scheme->websocket]);
	if (view_is(name, "unix")) /* a typed URL was split before; a Location must not name a socket */
		return err_set(err, VASTAR_E_USAGE, "URL: a Unix socket cannot stand here (use --unix PATH)");
	if (!known)
		return err_set(err, VASTAR_E_USAGE,
			       "URL: the scheme \"%.*s\" is not supported (use http:// or https://, or for "
			       "WebSocket ws:// or wss://)",
			       (int)(name.length > 40 ? 40 : name.length), name.text);
	if (!slashes)
		return err_set(err, VASTAR_E_USAGE,
			       "URL: \"//\" must follow \"%s:\" (write %s://host:port/path)", own, own);
	return 0;
}

/* ":8080" is a port of this machine, as for vastar serve. */
static bool names_this_machine(struct view authority)
{
	return authority.length > 1 && authority.text[0] == ':' && is_digit(authority.text[1]);
}

static int parse_url(struct target *target, const char *url, struct vastar_error *err)
{
	struct url_reference ref = {0};
	struct authority place;
	char here[sizeof("localhost:65535") + 1]; /* a port that does not fit is too large all the same */
	struct scheme scheme = {0};
	size_t length = url_scheme_length(url);
	int rc;

	if (length) {
		bool slashes = !strncmp(url + length, "//", 2);

		ref.scheme = (struct view){url, length - 1};
		/* "localhost:8080" is a host and a port, not a scheme. */
		if (!slashes && !scheme_find(ref.scheme, &scheme) && !view_is(ref.scheme, "unix"))
			length = 0;
		else if ((rc = scheme_check(ref.scheme, slashes, &scheme, err)))
			return rc;
	}
	url_rest(&ref, url + length, true);
	if (!length && names_this_machine(ref.authority)) {
		snprintf(here, sizeof(here), "localhost%.*s", (int)ref.authority.length, ref.authority.text);
		ref.authority = (struct view){here, strlen(here)};
	}
	place.port = authority_default_port(scheme.tls);
	rc = authority_parse(&place, ref.authority, err);
	if (rc)
		return rc;
	return target_fill(target, scheme, &place, origin_form((struct view){0}, ref.path, ref.query), err);
}

int target_parse(struct target *target, const char *url, struct vastar_error *err)
{
	char *unix_path, *plain_url;
	int rc;

	if (!url || !*url)
		return err_set(err, VASTAR_E_USAGE, "URL: missing (for example http://localhost:8080/)");
	if (url_has_control(url))
		return err_set(err, VASTAR_E_USAGE,
			       "URL: it has a blank or a control character (write %%20 for a blank)");
	rc = unix_url_split(url, &unix_path, &plain_url, err);
	if (!rc)
		rc = parse_url(target, plain_url ? plain_url : url, err);
	free(plain_url);
	if (rc)
		free(unix_path);
	else
		target->unix_path = unix_path;
	return rc;
}

/* The path that the reference means in the place of base's (RFC 3986 sections 5.2.2 and 5.2.3). */
static char *join_path(const struct target *base, const struct url_reference *ref)
{
	struct view base_path = {base->path, strcspn(base->path, "?")}, none = {0}, query = ref->query;
	char *path;

	if (ref->authority.text || (ref->path.length && *ref->path.text == '/')) {
		path = origin_form(none, ref->path, query);
	} else if (!ref->path.length) {
		const char *base_query = base->path + base_path.length;

		if (!query.text && *base_query)
			query = (struct view){base_query + 1, strlen(base_query + 1)};
		return origin_form(none, base_path, query);
	} else {
		const char *slash = memrchr(base_path.text, '/', base_path.length);

		base_path.length = (size_t)(slash - base_path.text) + 1;
		path = origin_form(base_path, ref->path, query);
	}
	if (path)
		remove_dot_segments(path);
	return path;
}

enum target_refusal target_join(struct target *target, const struct target *base, const char *location)
{
	struct url_reference ref = {0};
	struct target joined;
	size_t length = url_scheme_length(location);
	struct authority place = {.port = base->port};
	struct scheme scheme = {.tls = base->tls};

	if (url_has_control(location))
		return TARGET_BAD_URL;
	if (length) {
		ref.scheme = (struct view){location, length - 1};
		if (scheme_find(ref.scheme, &scheme) && scheme.tls && !have_tls)
			return TARGET_HTTPS;
		if (scheme_check(ref.scheme, !strncmp(location + length, "//", 2), &scheme, NULL) ||
		    scheme.websocket)
			return TARGET_BAD_URL;
	}
	url_rest(&ref, location + length, false);
	if (ref.authority.text) {
		place.port = authority_default_port(scheme.tls);
		/* A zone has a meaning only on the host that wrote it (RFC 6874 section 1). */
		if (authority_parse(&place, ref.authority, NULL) || *place.zone)
			return TARGET_BAD_URL;
	} else {
		strcpy(place.host, base->host);
	}
	if (!strcmp(place.host, base->host))
		memcpy(place.zone, base->zone, sizeof(place.zone));
	if (target_fill(&joined, scheme, &place, join_path(base, &ref), NULL))
		return TARGET_BAD_URL;
	if (base->unix_path && !(joined.unix_path = strdup(base->unix_path))) {
		target_deinit(&joined);
		return TARGET_BAD_URL;
	}
	*target = joined;
	return TARGET_FOLLOW;
}

bool target_same_origin(const struct target *a, const struct target *b)
{
	return a->tls == b->tls && a->port == b->port && !strcmp(a->host, b->host) &&
	       !strcmp(a->zone, b->zone);
}

void target_deinit(struct target *target)
{
	free(target->host);
	free(target->authority);
	free(target->path);
	free(target->unix_path);
	free(target->tunnel);
	*target = (struct target){0};
}
