/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "plan/proxy.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plan/authority.h"
#include "plan/basic_auth.h"
#include "plan/no_proxy.h"
#include "plan/url.h"

enum { PORT_DEFAULT = 1080 }; /* as in curl */

/* ---- the URL of a proxy ---- */

/* Cuts it into user info and authority, and ignores a path. user->text is NULL without user info. */
static int cut(const char *url, const char *source, struct view *user, struct view *authority,
	       struct vastar_error *err)
{
	struct view scheme = {url, url_scheme_length(url)};
	struct url_reference ref = {0};
	const char *at;

	if (url_has_control(url))
		return err_set(err, VASTAR_E_USAGE,
			       "proxy (%s): it has a blank or a control character (write %%20 for a blank)",
			       source);
	if (strncmp(url + scheme.length, "//", 2) != 0) /* "host:port" */
		scheme.length = 0;
	if (scheme.length && !view_is(scheme, "http:"))
		return err_set(err, VASTAR_E_USAGE,
			       "proxy (%s): \"%.*s\" is not a kind of proxy that vastar supports (use "
			       "http://host:port, or --no-proxy '*' for none)",
			       source, (int)(scheme.length > 20 ? 20 : scheme.length), url);
	url_rest(&ref, url + scheme.length, true);
	if (strchr(ref.authority.text + ref.authority.length, '@')) /* not echoed: it contains a password */
		return err_set(
		    err, VASTAR_E_USAGE,
		    "proxy (%s): its user or password has a \"/\", \"?\" or \"#\" (write %%2F, %%3F, "
		    "%%23)",
		    source);
	at = memrchr(ref.authority.text, '@', ref.authority.length);
	*authority = ref.authority;
	if (at) {
		*user = (struct view){ref.authority.text, (size_t)(at - ref.authority.text)};
		authority->text += user->length + 1;
		authority->length -= user->length + 1;
	}
	return 0;
}

/* With the error messages of a URL. */
static int parse_place(struct proxy *proxy, struct view text, struct vastar_error *err)
{
	static const char prefix[] = "URL: ";
	struct authority at = {.port = PORT_DEFAULT};
	struct vastar_error why;

	if (authority_parse(&at, text, &why))
		return err_set(err, why.status, "proxy (%s): %s", proxy->source,
			       why.text + (strncmp(why.text, prefix, strlen(prefix)) ? 0 : strlen(prefix)));
	if (*at.zone)
		return err_set(err, VASTAR_E_USAGE,
			       "proxy (%s): an IPv6 address with a zone is not supported here (use another)",
			       proxy->source);
	proxy->port = at.port;
	proxy->host = strdup(at.host);
	if (asprintf(&proxy->url, strchr(at.host, ':') ? "http://[%s]:%u" : "http://%s:%u", at.host,
		     at.port) < 0)
		proxy->url = NULL;
	if (!proxy->host || !proxy->url)
		return err_nomem(err, "proxy");
	return 0;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Percent-decodes in place. False: the result has a control character. */
static bool decode(char *text)
{
	char *to = text;

	for (const char *from = text; *from; from++) {
		int high = *from == '%' ? hex_digit(from[1]) : -1, low = high < 0 ? -1 : hex_digit(from[2]);

		*to = *from;
		if (low >= 0) {
			*to = (char)(high << 4 | low);
			from += 2;
		}
		if ((unsigned char)*to < ' ' || *to == 0x7f)
			return false;
		to++;
	}
	*to = '\0';
	return true;
}

/* The header value for "user:password" of the URL. */
static int parse_user(struct proxy *proxy, struct view user, struct vastar_error *err)
{
	bool password = user.length && memchr(user.text, ':', user.length);
	char *text = NULL;
	bool decoded;

	if (!user.length)
		return 0;
	if (asprintf(&text, "%.*s%s", (int)user.length, user.text, password ? "" : ":") < 0)
		return err_nomem(err, "proxy");
	decoded = decode(text);
	proxy->authorization = decoded ? basic_authorization(text) : NULL;
	free(text);
	if (!decoded)
		return err_set(err, VASTAR_E_USAGE,
			       "proxy (%s): its user or password has a control character (remove it)",
			       proxy->source);
	return proxy->authorization ? 0 : err_nomem(err, "proxy");
}

static int parse(struct proxy *proxy, const char *source, const char *url, struct vastar_error *err)
{
	struct view user = {0}, authority = {0};
	int rc;

	*proxy = (struct proxy){.source = source};
	rc = cut(url, source, &user, &authority, err);
	if (!rc)
		rc = parse_place(proxy, authority, err);
	return rc ? rc : parse_user(proxy, user, err);
}

/* ---- the proxies in the settings ---- */

/* The first of these variables that is set and not empty. */
static const char *find_variable(const char *const names[], const char **namep)
{
	for (; *names; names++) {
		const char *value = getenv(*names);

		if (value && *value) {
			*namep = *names;
			return value;
		}
	}
	return NULL;
}

/* An invalid variable is an error only when a target needs it. */
static void take_variable(struct proxy *proxy, const char *const names[])
{
	const char *source, *url = find_variable(names, &source);
	struct vastar_error broken;

	if (url && parse(proxy, source, url, &broken))
		proxy->broken = broken;
}

/* HTTP_PROXY is ignored, as in curl: in a CGI program it is the request header "Proxy:". */
static void take_environment(struct proxies *proxies)
{
	static const char *const http[] = {"http_proxy", "all_proxy", "ALL_PROXY", NULL};
	static const char *const https[] = {"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", NULL};

	take_variable(&proxies->http, http);
	take_variable(&proxies->https, https);
}

static int take_bypass(struct proxies *proxies, const struct vastar_settings *settings,
		       struct vastar_error *err)
{
	static const char *const names[] = {"no_proxy", "NO_PROXY", NULL};
	const char *list = settings->no_proxy, *name;

	if (!list && settings->proxy_environment)
		list = find_variable(names, &name);
	if (list && !(proxies->bypass = strdup(list)))
		return err_nomem(err, "proxy");
	return 0;
}

int proxies_fill(struct proxies *proxies, const struct vastar_settings *settings, struct vastar_error *err)
{
	static const char option[] = "-x";
	int rc = take_bypass(proxies, settings, err);

	if (rc)
		return rc;
	if (!settings->proxy) {
		if (settings->proxy_environment)
			take_environment(proxies);
		return 0;
	}
	if (!*settings->proxy) /* as in curl: no proxy, whatever the environment says */
		return 0;
	rc = parse(&proxies->http, option, settings->proxy, err);
	return rc ? rc : parse(&proxies->https, option, settings->proxy, err);
}

static void proxy_deinit(struct proxy *proxy)
{
	free(proxy->host);
	free(proxy->url);
	free(proxy->authorization);
}

void proxies_deinit(struct proxies *proxies)
{
	proxy_deinit(&proxies->http);
	proxy_deinit(&proxies->https);
	free(proxies->bypass);
	*proxies = (struct proxies){0};
}

/* ---- the proxy of a target ---- */

/* The request that opens a tunnel to the target. */
static int write_tunnel(struct target *target, struct vastar_error *err)
{
	const char *authorization = target->proxy->authorization;
	char *host = NULL;
	int length;

	if (asprintf(&host, strchr(target->host, ':') ? "[%s]:%u" : "%s:%u", target->host, target->port) < 0)
		return err_nomem(err, "proxy");
	length =
	    asprintf(&target->tunnel,
		     "CONNECT %s HTTP/1.1\r\nHost: %s\r\nUser-Agent: vastar/" VASTAR_VERSION "\r\n%s%s%s\r\n",
		     host, host, authorization ? "Proxy-Authorization: " : "",
		     authorization ? authorization : "", authorization ? "\r\n" : "");
	free(host);
	if (length < 0) {
		target->tunnel = NULL;
		return err_nomem(err, "proxy");
	}
	return 0;
}

int proxies_choose(const struct proxies *proxies, struct target *target, struct vastar_error *err)
{
	const struct proxy *proxy = target->tls ? &proxies->https : &proxies->http;

	if (!proxy->source || (proxies->bypass && no_proxy_names(proxies->bypass, target->host)))
		return 0;
	if (proxy->broken.status)
		return err_set(err, proxy->broken.status, "%s", proxy->broken.text);
	target->proxy = proxy;
	return target->tls || target->websocket ? write_tunnel(target, err) : 0;
}

void proxies_describe(const struct vastar_settings *settings, char *text, size_t size)
{
	struct proxies proxies = {0};
	struct target target = {0};

	*text = '\0';
	if (!target_parse(&target, settings->url, NULL) && !target.unix_path && !settings->unix_path &&
	    !proxies_fill(&proxies, settings, NULL) && !proxies_choose(&proxies, &target, NULL) &&
	    target.proxy)
		snprintf(text, size, "%s (from %s)", target.proxy->url, target.proxy->source);
	target_deinit(&target);
	proxies_deinit(&proxies);
}
