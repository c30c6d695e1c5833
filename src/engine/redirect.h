/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Follows redirects. A route is a request to one place: the plan's own, or the target of a Location. Routes
 * are kept and found again by (route that redirected, status, Location), because a benchmark meets the same
 * few redirects over and over.
 */
#ifndef VASTAR_ENGINE_REDIRECT_H
#define VASTAR_ENGINE_REDIRECT_H

#include "plan/plan.h"

enum { REDIRECT_HOPS_MAX = 10, REDIRECT_ROUTES_MAX = 256, LOCATION_MAX = 4096 };

struct route {
	const struct target *target;
	const struct request *request;
	bool own_origin;	  /* its home's host and port: those connections can carry this route */
	const struct route *home; /* the plan's own that led to it; itself in that one */

	/* For a route that came from a redirect; all zero in the plan's own. */
	struct target owned_target;
	struct request owned_request;
	const struct route *from;
	unsigned status;
	char *location;
	uint32_t location_length;
	uint32_t users;	  /* exchanges that use it now */
	uint64_t used_at; /* for choosing the route to forget */
};

/* Where redirects have led an exchange. Once a connection has needed one, it keeps it. */
struct hop {
	struct route *route; /* NULL: the plan's own request */
	unsigned hops;
	bool keeps; /* `location` holds the part of the present response's Location that has arrived */
	uint32_t location_length;
	char location[LOCATION_MAX];
};

struct router {
	const struct vastar_plan *plan;
	struct route *homes; /* the plan's own request, or each of several */
	struct route *routes[REDIRECT_ROUTES_MAX];
	uint64_t clock;
};

enum redirect_outcome {
	REDIRECT_FOLLOW,
	REDIRECT_FINAL,	     /* the 3xx is the final response: no usable Location, too many hops */
	REDIRECT_OTHER_HOST, /* the same, because --redirect-hosts was not given */
	REDIRECT_HTTPS,
	REDIRECT_NO_PROXY, /* the environment names an invalid proxy */
	REDIRECT_TOO_MANY,
	REDIRECT_NO_MEMORY,
};

/* False: out of memory; call router_deinit() even then. */
bool router_init(struct router *router, const struct vastar_plan *plan);
void router_deinit(struct router *router);

static inline bool redirect_status(unsigned status)
{
	return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

/* Finds where a response of `status` with this Location leads from `from`. On REDIRECT_FOLLOW *routep has
 * one more user; return it with router_leave(). A new host is looked up here, which blocks, but only once
 * per host. */
enum redirect_outcome router_follow(struct router *router, const struct route *from, unsigned hops,
				    unsigned status, const char *location, uint32_t length,
				    struct route **routep);
void router_leave(struct route *route);

#endif
