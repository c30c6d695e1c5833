/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Which addresses are this host's own. */
#ifndef VASTAR_PLAN_LOCAL_ADDRESS_H
#define VASTAR_PLAN_LOCAL_ADDRESS_H

#include <stdbool.h>
#include <sys/socket.h>

/* `at`: IPv4 or IPv6. True for loopback (127.0.0.0/8, ::1), for 0.0.0.0 and ::, to which connect() connects
 * there, and for the addresses of the host's interfaces; an IPv4 address mapped into IPv6 is what it maps.
 * False also when the interfaces cannot be listed. */
bool address_is_local(const struct sockaddr *at);

#endif
