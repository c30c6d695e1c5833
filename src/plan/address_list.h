/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* IP addresses that the user lists: "127.0.0.1,[::1]". */
#ifndef VASTAR_PLAN_ADDRESS_LIST_H
#define VASTAR_PLAN_ADDRESS_LIST_H

#include <netinet/in.h>
#include <stdbool.h>
#include <sys/socket.h>

struct ip_address {
	union {
		struct sockaddr any;
		struct sockaddr_in v4;
		struct sockaddr_in6 v6;
	} at; /* without a port */
	socklen_t length;
};

/* The first address of *listp, which then points behind it; brackets around IPv6 are not needed. False: it is
 * no IP address. Names are not looked up. */
bool address_list_next(const char **listp, struct ip_address *address);

#endif
