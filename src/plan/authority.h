/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The part of a URL that names a host and its port (RFC 3986 section 3.2). */
#ifndef VASTAR_PLAN_AUTHORITY_H
#define VASTAR_PLAN_AUTHORITY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "plan/url.h"

enum { HOST_MAX = 253 }; /* RFC 1035 section 2.3.4, written with dots */

uint16_t authority_default_port(bool tls);

/* `host`: lower case, IPv6 without brackets and as inet_ntop() writes it. *portp is the default before.
 * Refuses user info, an empty host and whatever is no host or port. */
int authority_parse(struct view authority, char host[HOST_MAX + 1], uint16_t *portp,
		    struct vastar_error *err);

#endif
