/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "engine/redirect.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

bool router_init(struct router *router, const struct vastar_plan *plan)
{
	const struct mix *mix = &plan->mix;
	uint32_t count = mix->count ? mix->count : 1;

	*router = (struct router){.plan = plan, .homes = calloc(count, sizeof(*router->homes))};
	for (uint32_t i = 0; router->homes && i < count; i++) {
		struct route *home = &router->homes[i];

		home->target = mix->count ? &mix->requests[i].target : &plan->target;
		home->request = mix->count ? &mix->requests[i].request : &plan->request;
		home->own_origin = true;
		home->home = home;
	}
	return router->homes;
}

static void route_free(struct route *route)
{
	if (!route)
		return;
	target_deinit(&route->owned_target);
	request_deinit(&route->owned_request);
	free(route->location);
	free(route);
}

void router_deinit(struct router *router)
{
	for (unsigned i = 0; i < REDIRECT_ROUTES_MAX; i++)
		route_free(router->routes[i]);
	free(router->homes);
}

static struct route *route_find(struct router *router, const struct route *from, unsigned status,
				const char *location, uint32_t length)
{
	for (unsigned i = 0; i < REDIRECT_ROUTES_MAX && router->routes[i]; i++) {
		struct route *route = router->routes[i];

		if (route->from == from && route->status == status && route->location_length == length &&
		    !memcmp(route->location, location, length))
			return route;
	}
	return NULL;
}

/* True if some kept route was reached from this one. Then this one must stay, because its address is part of
 * the other's key. */
static bool leads_on(const struct router *router, const struct route *route)
{
	for (unsigned i = 0; i < REDIRECT_ROUTES_MAX && router->routes[i]; i++)
		if (router->routes[i]->from == route)
			return true;
	return false;
}

/* Makes room for one more route: a free place, or that of the least recently used route. */
static struct route **route_slot(struct router *router)
{
	struct route **oldest = NULL;

	for (unsigned i = 0; i < REDIRECT_ROUTES_MAX; i++) {
		struct route **slot = &router->routes[i];

		if (!*slot)
			return slot;
		if (!(*slot)->users && !leads_on(router, *slot) &&
		    (!oldest || (*slot)->used_at < (*oldest)->used_at))
			oldest = slot;
	}
	return oldest;
}

/* True if both have the same addresses. */
static bool same_place(const struct target *a, const struct target *b)
{
	return a->proxy == b->proxy && (a->proxy || !strcmp(a->host, b->host));
}

/* Takes the addresses of a host that is already known, first `known`, or looks them up. */
static bool route_resolve(struct router *router, const struct target *known, struct target *target)
{
	uint16_t port;

	for (unsigned i = 0; !same_place(known, target) && i < REDIRECT_ROUTES_MAX && router->routes[i]; i++)
		known = router->routes[i]->target;
	/* A rule may be for a port only. */
	if (!same_place(known, target) || target->unix_path || reach_has_rules(&router->plan->reach))
		return target_resolve(target, &router->plan->reach, NULL) == 0;
	target->address_count = known->address_count;
	port = target->proxy ? target->proxy->port : target->port;
	for (unsigned i = 0; i < known->address_count; i++) {
		target->addresses[i] = known->addresses[i];
		/* The port is at the same offset in both families (RFC 3493 section 3.3). */
		((struct sockaddr_in *)&target->addresses[i].at)->sin_port = htons(port);
	}
	return true;
}

static enum redirect_outcome route_new(struct router *router, const struct route *from, unsigned status,
				       char *location, uint32_t length, struct route **routep)
{
	const struct vastar_plan *plan = router->plan;
	const struct target *home = from->home->target;
	struct route **slot = route_slot(router);
	struct route *route = slot ? calloc(1, sizeof(*route)) : NULL;
	enum target_refusal refusal;

	if (!route)
		return REDIRECT_NO_MEMORY;
	refusal = target_join(&route->owned_target, from->target, location);
	if (refusal) {
		free(route);
		return refusal == TARGET_HTTPS ? REDIRECT_HTTPS : REDIRECT_FINAL;
	}

	bool same_host = !strcmp(route->owned_target.host, home->host);
	/* Credentials go only to the original host, and only over TLS if that host was reached over TLS. */
	bool trusted = same_host && (route->owned_target.tls || !home->tls);
	enum redirect_outcome outcome = REDIRECT_FOLLOW;

	if (!same_host && !plan->redirect_hosts)
		outcome = REDIRECT_OTHER_HOST;
	else if (proxies_choose(&plan->proxies, &route->owned_target, NULL))
		outcome = REDIRECT_NO_PROXY;
	else if (!route_resolve(router, home, &route->owned_target))
		outcome = REDIRECT_FINAL;
	else if (request_redirect(&route->owned_request, from->request, status, &route->owned_target, trusted,
				  NULL))
		outcome = REDIRECT_NO_MEMORY;
	else if (!(route->location = malloc(length)))
		outcome = REDIRECT_NO_MEMORY;
	if (outcome != REDIRECT_FOLLOW) {
		route_free(route);
		return outcome;
	}
	memcpy(route->location, location, length);
	route->location_length = length;
	route->target = &route->owned_target;
	route->request = &route->owned_request;
	route->own_origin = target_same_origin(route->target, home);
	route->from = from;
	route->home = from->home;
	route->status = status;
	route_free(*slot);
	*slot = route;
	*routep = route;
	return REDIRECT_FOLLOW;
}

enum redirect_outcome router_follow(struct router *router, const struct route *from, unsigned hops,
				    unsigned status, const char *location, uint32_t length,
				    struct route **routep)
{
	struct route *route;
	char text[LOCATION_MAX + 1];

	if (!length || length > LOCATION_MAX)
		return REDIRECT_FINAL;
	if (hops >= REDIRECT_HOPS_MAX)
		return REDIRECT_TOO_MANY;
	route = route_find(router, from, status, location, length);
	if (!route) {
		enum redirect_outcome outcome;

		memcpy(text, location, length);
		text[length] = '\0';
		outcome = route_new(router, from, status, text, length, &route);
		if (outcome != REDIRECT_FOLLOW)
			return outcome;
	}
	route->users++;
	route->used_at = ++router->clock;
	*routep = route;
	return REDIRECT_FOLLOW;
}

void router_leave(struct route *route)
{
	route->users--;
}
