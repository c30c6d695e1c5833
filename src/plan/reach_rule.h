/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* --resolve and --connect-to, as in curl: other addresses, or another host, for a host and port. */
#ifndef VASTAR_PLAN_REACH_RULE_H
#define VASTAR_PLAN_REACH_RULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

enum reach_rule_kind { REACH_RESOLVE, REACH_CONNECT_TO };

struct reach_rule {
	char *text;	  /* as given */
	char *host;	  /* as in a URL, lower case; NULL: any */
	uint16_t port;	  /* 0: any */
	char *to;	  /* resolve: a list of addresses; connect-to: a host, NULL: the same */
	uint16_t to_port; /* connect-to; 0: the same */
};

struct reach_rules {
	struct reach_rule *list; /* owned, with its texts */
	size_t count;
};

int reach_rules_fill(struct reach_rules *rules, enum reach_rule_kind kind, const char *const *texts,
		     size_t count, struct vastar_error *err);
void reach_rules_deinit(struct reach_rules *rules);

/* The first rule for this host and port; rules->count: none. */
size_t reach_rules_find(const struct reach_rules *rules, const char *host, uint16_t port);

/* The next rule with the same HOST:PORT as this one, which adds to it. rules->count: none. */
size_t reach_rules_next(const struct reach_rules *rules, size_t of);

#endif
