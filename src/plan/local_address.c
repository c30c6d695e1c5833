/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "plan/local_address.h"

#include <ifaddrs.h>
#include <netinet/in.h>
#include <string.h>

/* An IPv4 address mapped into IPv6 (RFC 4291 section 2.5.5.2), an IPv6 address as it is. */
static struct in6_addr as_v6(const struct sockaddr *at)
{
	struct in6_addr v6 = {.s6_addr = {[10] = 0xff, [11] = 0xff}};

	if (at->sa_family == AF_INET)
		memcpy(&v6.s6_addr[12], &((const struct sockaddr_in *)at)->sin_addr, sizeof(struct in_addr));
	else
		v6 = ((const struct sockaddr_in6 *)at)->sin6_addr;
	return v6;
}

/* Loopback, or the unspecified address, which connect() treats as loopback. */
static bool is_loopback(const struct in6_addr *v6)
{
	static const uint8_t no_v4[4];

	if (IN6_IS_ADDR_V4MAPPED(v6))
		return v6->s6_addr[12] == IN_LOOPBACKNET || !memcmp(&v6->s6_addr[12], no_v4, sizeof(no_v4));
	return IN6_IS_ADDR_LOOPBACK(v6) || IN6_IS_ADDR_UNSPECIFIED(v6);
}

/* Link-local addresses must also be on the same link. */
static bool same(const struct sockaddr *a, const struct sockaddr *b)
{
	struct in6_addr a6 = as_v6(a), b6 = as_v6(b);

	if (!IN6_ARE_ADDR_EQUAL(&a6, &b6))
		return false;
	return !IN6_IS_ADDR_LINKLOCAL(&a6) || ((const struct sockaddr_in6 *)a)->sin6_scope_id ==
						  ((const struct sockaddr_in6 *)b)->sin6_scope_id;
}

static bool is_inet(const struct sockaddr *at)
{
	return at && (at->sa_family == AF_INET || at->sa_family == AF_INET6);
}

bool address_is_local(const struct sockaddr *at)
{
	struct in6_addr v6 = as_v6(at);
	struct ifaddrs *all;
	bool found = false;

	if (is_loopback(&v6))
		return true;
	if (getifaddrs(&all))
		return false;
	for (const struct ifaddrs *each = all; each && !found; each = each->ifa_next)
		found = is_inet(each->ifa_addr) && same(at, each->ifa_addr);
	freeifaddrs(all);
	return found;
}
