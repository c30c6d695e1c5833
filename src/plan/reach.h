/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Where connections go, if not to the host of the URL: for every target of a plan, including redirects.
 * Nothing here changes a request. Its Host header and the TLS server name remain those of the URL.
 */
#ifndef VASTAR_PLAN_REACH_H
#define VASTAR_PLAN_REACH_H

#include <vastar/vastar.h>

#include "base/err.h"
#include "plan/local_addresses.h"
#include "plan/reach_rule.h"

struct reach {
	/* AF_INET or AF_INET6: only addresses of that family, also because of `local`; 0: all */
	int family;
	bool family_asked; /* with -4 or -6 */
	struct reach_rules resolve, connect_to;
	struct local_addresses local;
};

/* VASTAR_E_USAGE with a message for invalid settings. Needs no network, but asks the kernel
 * about the local addresses. */
int reach_fill(struct reach *reach, const struct vastar_settings *settings, struct vastar_error *err);
/* True if a rule may change host or port. */
static inline bool reach_has_rules(const struct reach *reach)
{
	return reach->resolve.count || reach->connect_to.count;
}

void reach_deinit(struct reach *reach);

#endif
