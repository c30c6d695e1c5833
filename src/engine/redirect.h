/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Following redirects. A route is a request to one place: the plan's own, or where a Location led. Routes are
 * kept and found again by (route that was answered, status, Location), since a benchmark meets the same few
 * over and over.
 */
#ifndef VASTAR_ENGINE_REDIRECT_H
#define VASTAR_ENGINE_REDIRECT_H

#include "plan/plan.h"

enum { REDIRECT_HOPS_MAX = 10, REDIRECT_ROUTES_MAX = 64, LOCATION_MAX = 4096 };

struct route {
	const struct target *target;
	const struct request *request;
	bool own_origin; /* host and port are the plan's: its connections can carry it */

	/* For a route that a redirect led to; all zero in the plan's own. */
	struct target owned_target;
	struct request owned_request;
	const struct route *from;
	unsigned status;
	char *location;
	uint32_t location_length;
	uint32_t users;	  /* exchanges that are on it now */
	uint64_t used_at; /* for the choice of the one to forget */
};

/* Where an exchange has been led; kept with its connection once it was needed. */
struct hop {
	struct route *route; /* NULL: the plan's own request */
	unsigned hops;
	bool keeps; /* `location` holds what has been seen of the present response's Location */
	uint32_t location_length;
	char location[LOCATION_MAX];
};

struct router {
	const struct vastar_plan *plan;
	struct route home; /* the plan's own request */
	struct route *routes[REDIRECT_ROUTES_MAX];
	uint64_t clock;
};

enum redirect_outcome {
	REDIRECT_FOLLOW,
	REDIRECT_FINAL,	     /* the 3xx is the response: no usable Location, too many hops */
	REDIRECT_OTHER_HOST, /* the same, since --redirect-hosts was not given */
	REDIRECT_HTTPS,
	REDIRECT_TOO_MANY,
	REDIRECT_NO_MEMORY,
};

void router_init(struct router *router, const struct vastar_plan *plan);
void router_deinit(struct router *router);

static inline bool redirect_status(unsigned status)
{
	return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

/* Where a response of `status` with this Location leads from `from`. On REDIRECT_FOLLOW *routep counts one
 * user more, to be given back with router_leave(). A new host is looked up here, which blocks; that happens
 * once a host. */
enum redirect_outcome router_follow(struct router *router, const struct route *from, unsigned hops,
				    unsigned status, const char *location, uint32_t length,
				    struct route **routep);
void router_leave(struct route *route);

#endif
