/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * HTTP proxies: which one a target is reached through. A request to an http target names the whole URL
 * and goes to the proxy as it is. For an https target the proxy opens a tunnel (CONNECT, RFC 9110
 * section 9.3.6), in which TLS then runs.
 */
#ifndef VASTAR_PLAN_PROXY_H
#define VASTAR_PLAN_PROXY_H

#include <vastar/vastar.h>

#include "base/err.h"
#include "plan/target.h"

struct proxy {
	const char *source;  /* where it comes from, "-x" or the name of a variable; NULL: there is none */
	char *url;	     /* without user and password, for reports; owned */
	char *authorization; /* value of Proxy-Authorization, a secret; NULL: none; owned */
	uint16_t port;
	char *host; /* as in struct target; owned */
	/* Why a variable cannot be used, once it is needed; else its status is 0. */
	struct vastar_error broken;
};

struct proxies {
	struct proxy http, https; /* by the scheme of the target */
	char *bypass;		  /* for no_proxy_names(); NULL: none; owned */
};

/* Takes settings->proxy, or the variables of the environment if settings->proxy_environment allows it, as
 * curl does. Deinit it also after a failure. */
int proxies_fill(struct proxies *proxies, const struct vastar_settings *settings, struct vastar_error *err);
void proxies_deinit(struct proxies *proxies);

/* Finds out whether the target is reached through a proxy: sets its `proxy` and `tunnel`. */
int proxies_choose(const struct proxies *proxies, struct target *target, struct vastar_error *err);

/* For a reader: "http://127.0.0.1:3128 (from http_proxy)", or "" where these settings lead through no proxy.
 * They have been checked. */
void proxies_describe(const struct vastar_settings *settings, char *text, size_t size);

/* Does a request to the target name the whole URL (absolute-form, RFC 9112 section 3.2.2)? */
static inline bool target_absolute(const struct target *target)
{
	return target->proxy && !target->tunnel;
}

#endif
