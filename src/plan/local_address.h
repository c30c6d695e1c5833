/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Whether an address belongs to this host. */
#ifndef VASTAR_PLAN_LOCAL_ADDRESS_H
#define VASTAR_PLAN_LOCAL_ADDRESS_H

#include <stdbool.h>
#include <sys/socket.h>

/* `at`: IPv4 or IPv6. True for loopback (127.0.0.0/8, ::1), for 0.0.0.0 and ::, which connect() treats as
 * loopback, and for the addresses of the host's interfaces. An IPv4 address mapped into IPv6 counts as the
 * IPv4 address. False also if the interfaces cannot be listed. */
bool address_is_local(const struct sockaddr *at);

#endif
