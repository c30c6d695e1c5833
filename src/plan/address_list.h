/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* A list of IP addresses from the user: "127.0.0.1,[::1]". */
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

/* Parses the first address of *listp and moves *listp behind it. Brackets around IPv6 are optional. False: it
 * is not an IP address. Does not look up names. */
bool address_list_next(const char **listp, struct ip_address *address);

#endif
