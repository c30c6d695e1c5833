/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* NO_PROXY, as curl reads it: the hosts that are reached without a proxy. */
#ifndef VASTAR_PLAN_NO_PROXY_H
#define VASTAR_PLAN_NO_PROXY_H

#include <stdbool.h>

/*
 * True if the list contains this host. Commas or blanks separate its items. A single "*" means every host. A
 * domain, with or without a leading dot, means that host and all below it. If the host is an address, an item
 * can be an address or a network such as 10.0.0.0/8 or fd00::/8.
 */
bool no_proxy_names(const char *list, const char *host);

#endif
