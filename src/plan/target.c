/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * A URL reference (RFC 3986 section 4.1) is cut into views first: scheme, authority, path, query. From there
 * a typed URL and a Location take different ways to the same end, target_fill(): the former is told what is
 * wrong with it and may lack its scheme; the latter is merged with the target that it was received from.
 */
#include "plan/target.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plan/target_unix.h"

enum {
	HTTP_PORT = 80,
	HTTPS_PORT = 443,
	HOST_MAX = 253, /* RFC 1035 section 2.3.4, written with dots */
};

#ifdef HAVE_TLS
static const bool have_tls = true;
#else
static const bool have_tls = false;
#endif

/* Part of the text that is being taken apart; text is NULL where the part is absent, not just empty. */
struct view {
	const char *text;
	size_t length;
};

struct reference {
	struct view scheme, authority, path, query; /* the query without its '?'; the fragment is dropped */
};

static bool is_alpha(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool view_is(struct view view, const char *text)
{
	return view.length == strlen(text) && !strncasecmp(view.text, text, view.length);
}

/* White space and control characters would break the request line. */
static bool has_control(const char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text <= ' ' || *text == 0x7f)
			return true;
	return false;
}

/* The length of "scheme:" at the start of `text`, colon included, or 0 (RFC 3986 section 3.1). */
static size_t scheme_length(const char *text)
{
	size_t length = 0;

	if (!is_alpha(*text))
		return 0;
	while (is_alpha(text[length]) || is_digit(text[length]) ||
	       (text[length] && strchr("+-.", text[length])))
		length++;
	return text[length] == ':' ? length + 1 : 0;
}

/* The rest of a reference behind its scheme. `has_authority`: it starts with an authority, "//" or not. */
static void reference_rest(struct reference *ref, const char *text, bool has_authority)
{
	if (!strncmp(text, "//", 2)) {
		has_authority = true;
		text += 2;
	}
	if (has_authority) {
		ref->authority = (struct view){text, strcspn(text, "/?#")};
		text += ref->authority.length;
	}
	ref->path = (struct view){text, strcspn(text, "?#")};
	text += ref->path.length;
	if (*text == '?')
		ref->query = (struct view){text + 1, strcspn(text + 1, "#")};
}

/* ---- authority ---- */

static uint16_t default_port(bool tls)
{
	return tls ? HTTPS_PORT : HTTP_PORT;
}

/* *portp is the default before. */
static int port_parse(struct view port, uint16_t *portp, struct vastar_error *err)
{
	unsigned long value = 0;
	size_t i;

	if (!port.length) /* "host:" means the default (RFC 3986 section 3.2.3) */
		return 0;
	for (i = 0; i < port.length && is_digit(port.text[i]) && value <= UINT16_MAX; i++)
		value = value * 10 + (unsigned long)(port.text[i] - '0');
	if (i < port.length || value < 1 || value > UINT16_MAX)
		return err_set(err, VASTAR_E_USAGE,
			       "URL: port \"%.*s\" is not a number from 1 to 65535 (correct it)",
			       (int)(port.length > 40 ? 40 : port.length), port.text);
	*portp = (uint16_t)value;
	return 0;
}

/* "[::1]" and what may follow it, to the address as inet_ntop() writes it. */
static int ipv6_parse(struct view authority, char host[HOST_MAX + 1], struct view *portp,
		      struct vastar_error *err)
{
	const char *close = memchr(authority.text, ']', authority.length);
	size_t length = close ? (size_t)(close - authority.text) - 1 : 0;
	struct in6_addr address;
	char text[INET6_ADDRSTRLEN];

	if (!close)
		return err_set(err, VASTAR_E_USAGE,
			       "URL: \"[\" without \"]\" (write an IPv6 address as [::1])");
	if (memchr(authority.text, '%', length + 1))
		return err_set(err, VASTAR_E_USAGE,
			       "URL: an IPv6 address with a zone is not supported (use one without \"%%\")");
	if (length >= sizeof(text))
		return err_set(err, VASTAR_E_USAGE, "URL: the IPv6 address is too long (correct it)");
	memcpy(text, authority.text + 1, length);
	text[length] = '\0';
	if (inet_pton(AF_INET6, text, &address) != 1)
		return err_set(err, VASTAR_E_USAGE, "URL: \"[%s]\" is not an IPv6 address (correct it)",
			       text);
	inet_ntop(AF_INET6, &address, host, HOST_MAX);
	*portp = (struct view){close + 1, authority.length - length - 2};
	if (portp->length && *portp->text != ':')
		return err_set(err, VASTAR_E_USAGE, "URL: only \":port\" may follow \"]\" (correct it)");
	return 0;
}

static int name_parse(struct view authority, char host[HOST_MAX + 1], struct view *portp,
		      struct vastar_error *err)
{
	const char *colon = memchr(authority.text, ':', authority.length);
	size_t length = colon ? (size_t)(colon - authority.text) : authority.length;

	if (colon && memrchr(authority.text, ':', authority.length) != colon)
		return err_set(
		    err, VASTAR_E_USAGE,
		    "URL: more than one \":\" in the host (an IPv6 address goes in brackets: [::1])");
	if (!length)
		return err_set(err, VASTAR_E_USAGE,
			       "URL: it names no host (for example http://localhost:8080/)");
	if (length > HOST_MAX)
		return err_set(err, VASTAR_E_USAGE,
			       "URL: the host name has more than %d characters (correct it)", HOST_MAX);
	for (size_t i = 0; i < length; i++) {
		char c = authority.text[i];

		if (!is_alpha(c) && !is_digit(c) && c != '-' && c != '.' && c != '_')
			return err_set(err, VASTAR_E_USAGE,
				       "URL: the host has a character that a host name cannot have (letters, "
				       "digits, \"-\", "
				       "\".\"; an international name in its xn-- form)");
		host[i] = (c >= 'A' && c <= 'Z') ? (char)(c - 'A' + 'a') : c;
	}
	host[length] = '\0';
	*portp = (struct view){authority.text + length, authority.length - length};
	return 0;
}

static int authority_parse(struct view authority, char host[HOST_MAX + 1], uint16_t *portp,
			   struct vastar_error *err)
{
	struct view port = {0};
	int rc;

	if (memchr(authority.text, '@', authority.length)) /* not echoed: there may be a password in it */
		return err_set(err, VASTAR_E_USAGE,
			       "URL: user and password in the URL are not supported (use -a USER:PASSWORD)");
	if (authority.length && *authority.text == '[')
		rc = ipv6_parse(authority, host, &port, err);
	else
		rc = name_parse(authority, host, &port, err);
	if (rc)
		return rc;
	if (port.length) {
		port.text++;
		port.length--;
	}
	return port_parse(port, portp, err);
}

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

/* Takes "." and ".." out of the path of an origin-form, in place (RFC 3986 section 5.2.4). */
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

/* Takes over `path`, and frees it on failure. */
static int target_fill(struct target *target, bool tls, const char *host, uint16_t port, char *path,
		       struct vastar_error *err)
{
	const char *format = strchr(host, ':') ? "[%s]" : "%s";
	struct target filled = {.port = port, .tls = tls, .path = path};
	char authority[HOST_MAX + sizeof("[]:65535")];
	int length = snprintf(authority, sizeof(authority), format, host);

	if (port != default_port(tls))
		snprintf(authority + length, sizeof(authority) - (size_t)length, ":%u", port);
	filled.host = strdup(host);
	filled.authority = strdup(authority);
	if (!filled.host || !filled.authority || !path) {
		target_deinit(&filled);
		return err_nomem(err, "URL");
	}
	*target = filled;
	return 0;
}

/* Why this scheme is no good; 0 for http and https. */
static int scheme_check(struct view scheme, bool slashes, struct vastar_error *err)
{
	bool tls = view_is(scheme, "https");

	if (tls && !have_tls)
		return err_set(err, VASTAR_E_USAGE,
			       "URL: this vastar was built without TLS (install libssl-dev and build it "
			       "again, or use http://)");
	if (view_is(scheme, "unix")) /* a typed URL has been split before; a Location must not name one */
		return err_set(err, VASTAR_E_USAGE, "URL: a Unix socket cannot stand here (use --unix PATH)");
	if (!tls && !view_is(scheme, "http"))
		return err_set(err, VASTAR_E_USAGE,
			       "URL: the scheme \"%.*s\" is not supported (use http:// or https://)",
			       (int)(scheme.length > 40 ? 40 : scheme.length), scheme.text);
	if (!slashes)
		return err_set(err, VASTAR_E_USAGE,
			       "URL: \"//\" must follow \"%s:\" (write %s://host:port/path)",
			       tls ? "https" : "http", tls ? "https" : "http");
	return 0;
}

static int parse_url(struct target *target, const char *url, struct vastar_error *err)
{
	struct reference ref = {0};
	char host[HOST_MAX + 1];
	bool tls = false;
	size_t scheme;
	uint16_t port;
	int rc;

	scheme = scheme_length(url);
	if (scheme) {
		bool slashes = !strncmp(url + scheme, "//", 2);

		ref.scheme = (struct view){url, scheme - 1};
		/* "localhost:8080" is a host and a port, not a scheme. */
		if (!slashes && !view_is(ref.scheme, "http") && !view_is(ref.scheme, "https") &&
		    !view_is(ref.scheme, "unix"))
			scheme = 0;
		else if ((rc = scheme_check(ref.scheme, slashes, err)))
			return rc;
		tls = scheme && view_is(ref.scheme, "https");
	}
	reference_rest(&ref, url + scheme, true);
	port = default_port(tls);
	rc = authority_parse(ref.authority, host, &port, err);
	if (rc)
		return rc;
	return target_fill(target, tls, host, port, origin_form((struct view){0}, ref.path, ref.query), err);
}

int target_parse(struct target *target, const char *url, struct vastar_error *err)
{
	char *unix_path, *plain_url;
	int rc;

	if (!url || !*url)
		return err_set(err, VASTAR_E_USAGE, "URL: missing (for example http://localhost:8080/)");
	if (has_control(url))
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
static char *join_path(const struct target *base, const struct reference *ref)
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
	struct reference ref = {0};
	size_t scheme = scheme_length(location);
	const char *host = base->host;
	char other_host[HOST_MAX + 1];
	uint16_t port = base->port;
	bool tls = base->tls;

	if (has_control(location))
		return TARGET_BAD_URL;
	if (scheme) {
		ref.scheme = (struct view){location, scheme - 1};
		tls = view_is(ref.scheme, "https");
		if (tls && !have_tls)
			return TARGET_HTTPS;
		if (scheme_check(ref.scheme, !strncmp(location + scheme, "//", 2), NULL))
			return TARGET_BAD_URL;
	}
	reference_rest(&ref, location + scheme, false);
	if (ref.authority.text) {
		port = default_port(tls);
		if (authority_parse(ref.authority, other_host, &port, NULL))
			return TARGET_BAD_URL;
		host = other_host;
	}
	return target_fill(target, tls, host, port, join_path(base, &ref), NULL) ? TARGET_BAD_URL
										 : TARGET_FOLLOW;
}

bool target_same_origin(const struct target *a, const struct target *b)
{
	return a->tls == b->tls && a->port == b->port && !strcmp(a->host, b->host);
}

void target_deinit(struct target *target)
{
	free(target->host);
	free(target->authority);
	free(target->path);
	free(target->unix_path);
	*target = (struct target){0};
}
