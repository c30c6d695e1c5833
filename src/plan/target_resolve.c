/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The addresses of a host. */
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "plan/local_address.h"
#include "plan/target.h"
#include "plan/target_unix.h"

int target_resolve(struct target *target, const struct reach *reach, struct vastar_error *err)
{
	struct addrinfo hints = {
	    .ai_family = reach->family, .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV};
	struct addrinfo *found, *at;
	char port[8];
	int rc;

	if (target->unix_path) {
		rc = unix_path_check(target->unix_path, err);
		if (!rc)
			unix_address(target->unix_path, &target->addresses[0]);
		target->address_count = !rc;
		return rc;
	}
	snprintf(port, sizeof(port), "%u", target->port);
	rc = getaddrinfo(target->host, port, &hints, &found);
	if (rc)
		return err_set(err, VASTAR_E_SYSTEM, "%.200s: the host has no address: %s (check the name)",
			       target->host, rc == EAI_SYSTEM ? strerror(errno) : gai_strerror(rc));
	target->address_count = 0;
	for (at = found; at && target->address_count < TARGET_ADDRESSES_MAX; at = at->ai_next) {
		struct target_address *address = &target->addresses[target->address_count];

		if (at->ai_family != AF_INET && at->ai_family != AF_INET6)
			continue;
		memset(address, 0, sizeof(*address));
		memcpy(&address->at, at->ai_addr, at->ai_addrlen);
		address->length = at->ai_addrlen;
		address->local = address_is_local(at->ai_addr);
		target->address_count++;
	}
	freeaddrinfo(found);
	if (!target->address_count)
		return err_set(err, VASTAR_E_SYSTEM,
			       "%.200s: the host has no IPv4 or IPv6 address (check the name)", target->host);
	return 0;
}
