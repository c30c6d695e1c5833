/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "plan/local_address.h"

#include <netinet/in.h>
#include <string.h>
#include <unistd.h>

static bool is_loopback(const struct sockaddr *at)
{
	const struct in6_addr *v6 = &((const struct sockaddr_in6 *)at)->sin6_addr;
	in_addr_t v4;

	if (at->sa_family == AF_INET)
		v4 = ((const struct sockaddr_in *)at)->sin_addr.s_addr;
	else if (IN6_IS_ADDR_V4MAPPED(v6))
		memcpy(&v4, &v6->s6_addr[12], sizeof(v4));
	else
		return IN6_IS_ADDR_LOOPBACK(v6);
	return ntohl(v4) >> IN_CLASSA_NSHIFT == IN_LOOPBACKNET;
}

static bool same_host(const struct sockaddr *a, const struct sockaddr *b)
{
	if (a->sa_family == AF_INET)
		return ((const struct sockaddr_in *)a)->sin_addr.s_addr ==
		       ((const struct sockaddr_in *)b)->sin_addr.s_addr;
	return IN6_ARE_ADDR_EQUAL(&((const struct sockaddr_in6 *)a)->sin6_addr,
				  &((const struct sockaddr_in6 *)b)->sin6_addr);
}

/* To one of its own addresses a host sends from that address, while the whole of 127.0.0.0/8 is sent to from
 * 127.0.0.1. A datagram socket that is connected knows where it would send from. */
bool local_address(const struct sockaddr *at, socklen_t length)
{
	struct sockaddr_storage from = {0};
	socklen_t from_length = sizeof(from);
	bool known;
	int fd;

	if (is_loopback(at))
		return true;
	fd = socket(at->sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return false;
	known = !connect(fd, at, length) && !getsockname(fd, (struct sockaddr *)&from, &from_length);
	close(fd);
	return known && same_host(at, (const struct sockaddr *)&from);
}
