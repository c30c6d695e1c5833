/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The part of a URL that names a host and its port (RFC 3986 section 3.2). */
#ifndef VASTAR_PLAN_AUTHORITY_H
#define VASTAR_PLAN_AUTHORITY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "plan/url.h"

enum {
	HOST_MAX = 253, /* RFC 1035 section 2.3.4, written with dots */
	ZONE_MAX = 15,	/* the longest name of an interface */
};

uint16_t authority_default_port(bool tls);

struct authority {
	char host[HOST_MAX + 1]; /* lower case; IPv6 as inet_ntop() writes it, without brackets */
	char zone[ZONE_MAX + 1]; /* of an IPv6 address (RFC 6874), an interface of this host; "": none */
	uint16_t port;
};

/* The port holds the default before the call. Refuses user info, an empty host, and invalid hosts and
 * ports. */
int authority_parse(struct authority *authority, struct view text, struct vastar_error *err);

#endif
