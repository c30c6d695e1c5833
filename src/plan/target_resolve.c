/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The addresses of a target: --connect-to may change host and port, then --resolve or the system has the
 * addresses. */
#include <errno.h>
#include <net/if.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "plan/address_list.h"
#include "plan/local_address.h"
#include "plan/proxy.h"
#include "plan/target.h"
#include "plan/target_unix.h"

/* Drops addresses beyond the maximum. */
static void add_address(struct target *target, const struct sockaddr *at, socklen_t length, uint16_t port)
{
	struct target_address *address = &target->addresses[target->address_count];

	if (target->address_count == TARGET_ADDRESSES_MAX)
		return;
	*address = (struct target_address){.length = length, .local = address_is_local(at)};
	memcpy(&address->at, at, length);
	/* The port is at the same offset in both families (RFC 3493 section 3.3). */
	((struct sockaddr_in *)&address->at)->sin_port = htons(port);
	target->address_count++;
}

static const char *family_word(int family)
{
	return family == AF_INET ? "IPv4 " : family == AF_INET6 ? "IPv6 " : "";
}

static int no_address(const char *host, int family, const char *why, struct vastar_error *err)
{
	return err_set(err, VASTAR_E_SYSTEM, "%.200s: the host has no %saddress: %s (check the name%s)", host,
		       family_word(family), why, family ? ", -4, -6 and --local-address" : "");
}

/* Adds the addresses that --resolve has for this host and port. */
static int add_listed(struct target *target, const struct reach *reach, size_t rule, const char *host,
		      uint16_t port, struct vastar_error *err)
{
	unsigned before = target->address_count;

	for (; rule < reach->resolve.count; rule = reach_rules_next(&reach->resolve, rule)) {
		const char *at = reach->resolve.list[rule].to;
		struct ip_address address;

		while (*at && address_list_next(&at, &address))
			if (!reach->family || address.at.any.sa_family == reach->family)
				add_address(target, &address.at.any, address.length, port);
	}
	target->spread |= target->address_count > before + 1;
	return target->address_count > before ? 0
					      : no_address(host, reach->family, "--resolve has none", err);
}

/* getaddrinfo(); measures its time unless `host` is an address. */
static int find_addresses(struct target *target, const char *host, const struct addrinfo *wanted,
			  struct addrinfo **foundp)
{
	struct addrinfo hints = *wanted;
	uint64_t before_ns;
	int rc;

	hints.ai_flags = AI_NUMERICHOST;
	if (!getaddrinfo(host, NULL, &hints, foundp))
		return 0;
	before_ns = clock_now_ns();
	rc = getaddrinfo(host, NULL, wanted, foundp);
	target->dns_ns += clock_now_ns() - before_ns;
	return rc;
}

/* Adds every address from the system. */
static int look_up(struct target *target, const struct reach *reach, const char *host, uint16_t port,
		   struct vastar_error *err)
{
	struct addrinfo hints = {.ai_family = reach->family, .ai_socktype = SOCK_STREAM};
	unsigned before = target->address_count;
	struct addrinfo *found, *at;
	int rc = find_addresses(target, host, &hints, &found);

	if (rc)
		return no_address(host, reach->family, rc == EAI_SYSTEM ? strerror(errno) : gai_strerror(rc),
				  err);
	for (at = found; at; at = at->ai_next)
		if (at->ai_family == AF_INET || at->ai_family == AF_INET6)
			add_address(target, at->ai_addr, at->ai_addrlen, port);
	freeaddrinfo(found);
	return target->address_count > before ? 0
					      : no_address(host, reach->family, "neither IPv4 nor IPv6", err);
}

static int add_host(struct target *target, const struct reach *reach, const char *host, uint16_t port,
		    struct vastar_error *err)
{
	size_t rule = reach_rules_find(&reach->resolve, host, port);

	if (rule < reach->resolve.count)
		return add_listed(target, reach, rule, host, port, err);
	return look_up(target, reach, host, port, err);
}

/* The index of the interface in a zone, which has its name or the index itself. */
static int zone_number(const char *zone, uint32_t *numberp, struct vastar_error *err)
{
	char *end;

	*numberp = if_nametoindex(zone);
	if (*numberp)
		return 0;
	*numberp = (uint32_t)strtoul(zone, &end, 10);
	if (*numberp && !*end)
		return 0;
	return err_set(err, VASTAR_E_SYSTEM,
		       "%.15s: this host has no such interface (correct the zone; ip link lists them)", zone);
}

/* Unless --resolve names the interface. */
static int set_zone(struct target *target, struct vastar_error *err)
{
	uint32_t number;
	int rc = zone_number(target->zone, &number, err);

	for (unsigned i = 0; !rc && i < target->address_count; i++) {
		struct sockaddr_in6 *at = (struct sockaddr_in6 *)&target->addresses[i].at;

		if (at->sin6_family != AF_INET6 || at->sin6_scope_id)
			continue;
		at->sin6_scope_id = number;
		target->addresses[i].local = address_is_local((const struct sockaddr *)at);
	}
	return rc;
}

static int resolve_unix(struct target *target, struct vastar_error *err)
{
	int rc = unix_path_check(target->unix_path, err);

	if (rc)
		return rc;
	unix_address(target->unix_path, &target->addresses[0]);
	target->address_count = 1;
	return 0;
}

static int resolve_proxy(struct target *target, const struct reach *reach, struct vastar_error *err)
{
	struct vastar_error why;
	int rc = add_host(target, reach, target->proxy->host, target->proxy->port, &why);

	return rc ? err_set(err, why.status, "proxy %s", why.text) : 0;
}

int target_resolve(struct target *target, const struct reach *reach, struct vastar_error *err)
{
	size_t rule = reach_rules_find(&reach->connect_to, target->host, target->port), places = 0;
	int rc = 0;

	target->address_count = 0;
	target->spread = false;
	target->dns_ns = 0;
	if (target->unix_path)
		return resolve_unix(target, err);
	if (target->proxy)
		return resolve_proxy(target, reach, err);
	if (rule == reach->connect_to.count) {
		rc = add_host(target, reach, target->host, target->port, err);
		return rc || !*target->zone ? rc : set_zone(target, err);
	}
	for (; !rc && rule < reach->connect_to.count; rule = reach_rules_next(&reach->connect_to, rule)) {
		const struct reach_rule *to = &reach->connect_to.list[rule];

		rc = add_host(target, reach, to->to ? to->to : target->host,
			      to->to_port ? to->to_port : target->port, err);
		places++;
	}
	target->spread |= places > 1;
	return rc;
}
