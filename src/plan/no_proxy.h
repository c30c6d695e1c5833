/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* NO_PROXY, as curl reads it: the hosts that are reached without a proxy. */
#ifndef VASTAR_PLAN_NO_PROXY_H
#define VASTAR_PLAN_NO_PROXY_H

#include <stdbool.h>

/*
 * Does the list name this host? Its items stand between commas or blanks. "*" alone is every host. A domain,
 * with or without a dot in front, is that host and all below it. For a host that is an address, an item is an
 * address or a network such as 10.0.0.0/8 or fd00::/8.
 */
bool no_proxy_names(const char *list, const char *host);

#endif
