/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * HTTP proxies: which one is used for a target. A request to an http target names the whole URL and goes
 * to the proxy unchanged. For an https target the proxy opens a tunnel for TLS (CONNECT, RFC 9110 section
 * 9.3.6).
 */
#ifndef VASTAR_PLAN_PROXY_H
#define VASTAR_PLAN_PROXY_H

#include <vastar/vastar.h>

#include "base/err.h"
#include "plan/target.h"

struct proxy {
	const char *source;  /* its origin, "-x" or the name of a variable; NULL: no proxy */
	char *url;	     /* without user and password, for reports; owned */
	char *authorization; /* value of Proxy-Authorization, a secret; NULL: none; owned */
	uint16_t port;
	char *host; /* as in struct target; owned */
	/* Why a variable is invalid, for a target that needs it; else its status is 0. */
	struct vastar_error broken;
};

struct proxies {
	struct proxy http, https; /* by the scheme of the target */
	char *bypass;		  /* for no_proxy_names(); NULL: none; owned */
};

/* Uses settings->proxy, or the environment variables if settings->proxy_environment allows it, like curl.
 * Deinit it also after a failure. */
int proxies_fill(struct proxies *proxies, const struct vastar_settings *settings, struct vastar_error *err);
void proxies_deinit(struct proxies *proxies);

/* Decides whether the target is reached through a proxy, and sets its `proxy` and `tunnel`. */
int proxies_choose(const struct proxies *proxies, struct target *target, struct vastar_error *err);

/* For people: "http://127.0.0.1:3128 (from http_proxy)", or "" if these settings use no proxy. They must be
 * checked. */
void proxies_describe(const struct vastar_settings *settings, char *text, size_t size);

/* True if a request to the target names the whole URL (absolute-form, RFC 9112 section 3.2.2). */
static inline bool target_absolute(const struct target *target)
{
	return target->proxy && !target->tunnel;
}

#endif
