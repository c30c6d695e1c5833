/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Whom connections go to, beyond what the URL says: for every target of a plan, those of redirects too.
 * Nothing here changes a request. Its Host header and the TLS server name stay those of the URL.
 */
#ifndef VASTAR_PLAN_REACH_H
#define VASTAR_PLAN_REACH_H

#include <vastar/vastar.h>

#include "base/err.h"
#include "plan/reach_rule.h"

struct reach {
	int family; /* AF_INET or AF_INET6: addresses of that family only; 0: all */
	struct reach_rules resolve, connect_to;
};

/* VASTAR_E_USAGE with a sentence for what cannot be understood. Needs no network. */
int reach_fill(struct reach *reach, const struct vastar_settings *settings, struct vastar_error *err);
/* Host and port may lead elsewhere. */
static inline bool reach_has_rules(const struct reach *reach)
{
	return reach->resolve.count || reach->connect_to.count;
}

void reach_deinit(struct reach *reach);

#endif
