/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* --local-address: the source addresses of connections. */
#ifndef VASTAR_PLAN_LOCAL_ADDRESSES_H
#define VASTAR_PLAN_LOCAL_ADDRESSES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "plan/address_list.h"

struct local_addresses {
	char *text;		 /* as given; NULL: the system chooses; owned */
	struct ip_address *list; /* owned; those of IPv4 first */
	unsigned count, v4_count;
};

/* Refuses invalid lists, and addresses that are not this host's. `text` may be NULL. */
int local_addresses_fill(struct local_addresses *local, const char *text, struct vastar_error *err);
void local_addresses_deinit(struct local_addresses *local);

/* True if there is an address for connections to this family. */
bool local_addresses_have(const struct local_addresses *local, int family);

/* Binds the socket to the address for this connection number. There must be one of the family. Returns 0 or
 * -errno. */
int local_addresses_bind(const struct local_addresses *local, int fd, int family, uint32_t number);

#endif
