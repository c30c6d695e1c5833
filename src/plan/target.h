/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Where requests go: the parts of a URL (RFC 3986, RFC 9110 section 4.2) and the addresses of its host. */
#ifndef VASTAR_PLAN_TARGET_H
#define VASTAR_PLAN_TARGET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "base/err.h"
#include "plan/authority.h"
#include "plan/reach.h"

enum { TARGET_ADDRESSES_MAX = 16 };

struct proxy;

struct target_address {
	struct sockaddr_storage at;
	socklen_t length;
	bool local; /* of this host */
};

struct target {
	char *host; /* lower case, IPv6 without brackets; owned */
	/* as in Host: "name", "name:8080", "[::1]:8080"; without the default port; owned */
	char *authority;
	/* origin-form (RFC 9112 section 3.2.1): starts with '/', query included, no fragment; owned */
	char *path;
	uint16_t port;
	char zone[ZONE_MAX + 1]; /* for an IPv6 address: the interface to its link; "": none */
	bool tls;		 /* https, wss */
	bool websocket;		 /* ws, wss */
	bool spread;		 /* connections alternate between the addresses; else all use the first */
	char *unix_path;	 /* NULL: none; the addresses are then that of this socket; owned */
	unsigned address_count;	 /* 0 until target_resolve() */
	uint64_t dns_ns;	 /* duration of the name lookup; 0: none */
	/* Its proxy (proxy.h), or NULL. With a proxy the addresses are those of the proxy. */
	const struct proxy *proxy;
	char *tunnel; /* the request that opens a tunnel in the proxy; NULL: no tunnel; owned */
	struct target_address addresses[TARGET_ADDRESSES_MAX];
};

/* Splits `url`; a missing scheme means http. Refuses with a message: https or wss in a build without TLS, a
 * scheme that is none of http, https, ws and wss, user info (names -a), an empty host, a bad port, white
 * space or control characters. */
int target_parse(struct target *target, const char *url, struct vastar_error *err);

/* Why a Location cannot be followed. */
enum target_refusal { TARGET_FOLLOW = 0, TARGET_BAD_URL, TARGET_HTTPS };

/* Resolves a Location value against `base` (RFC 3986 section 5.2: absolute, //host, /path, path, ?query) into
 * *target, without addresses. A Unix socket stays: as in curl, everything goes there. *target owns nothing
 * unless the result is TARGET_FOLLOW. */
enum target_refusal target_join(struct target *target, const struct target *base, const char *location);

/* Fills in the addresses: that of the Unix socket, or those in `reach` for the host and port, or all from
 * getaddrinfo(), in its order. With a proxy: for its host and port. Blocks. */
int target_resolve(struct target *target, const struct reach *reach, struct vastar_error *err);

/* The same scheme, host and port (RFC 9110 section 4.3.1). */
bool target_same_origin(const struct target *a, const struct target *b);

void target_deinit(struct target *target);

#endif
