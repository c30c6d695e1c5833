/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Several requests in one run (--urls). Each has its target and its bytes. A connection belongs to one
 * host, in proportion to the weights, and sends the requests of that host. Their order is a list of turns, in
 * which each request appears as often as its weight says.
 */
#ifndef VASTAR_PLAN_MIX_H
#define VASTAR_PLAN_MIX_H

#include <vastar/vastar.h>

#include "plan/proxy.h"
#include "plan/request.h"
#include "plan/target.h"

enum { MIX_REQUESTS_MAX = 10000, MIX_WEIGHT_MAX = 1000 };

struct mix_request {
	char *url, *method; /* for reports; owned */
	uint32_t weight;
	uint32_t host;
	struct target target; /* in a saved report: without its parts */
	struct request request;
};

struct mix_host {
	uint32_t first;	 /* the first of its requests */
	uint32_t *turns; /* [turn_count]: its requests in their order; owned */
	uint32_t turn_count;
};

struct mix {
	struct mix_request *requests;
	uint32_t count; /* 0: the plan has one request */
	struct mix_host *hosts;
	uint32_t host_count;
	uint32_t *places; /* [connections]: the host of each connection; owned */
	bool random;
};

/* A mix of `count` requests, all of them empty. */
int mix_init(struct mix *mix, uint32_t count, struct vastar_error *err);
void mix_deinit(struct mix *mix);

/* Builds the requests of the settings, at least one, without their addresses. The `proxies` must outlive the
 * mix. */
int mix_fill(struct mix *mix, const struct vastar_settings *settings, const struct proxies *proxies,
	     struct vastar_error *err);

/* Spreads `connections` over the hosts, and looks up their addresses; *first, the target of the first
 * request, gets them too. Blocks. */
int mix_place(struct mix *mix, uint32_t connections, struct target *first, const struct reach *reach,
	      struct vastar_error *err);

/* True if both consist of the same requests. */
bool mix_same(const struct mix *a, const struct mix *b);

/* The settings of request number `index`: those of the run, overridden by its own. *listp is a list of
 * headers; free() it. */
int mix_settings(const struct vastar_settings *settings, uint32_t index, struct vastar_settings *own,
		 const char ***listp, struct vastar_error *err);

#endif
