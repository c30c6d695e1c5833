/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <sys/socket.h>

#include "report/json/parts.h"

static json_t *family_name(int family)
{
	return family ? tree_string(family == AF_INET ? "ipv4" : "ipv6") : json_null();
}

/* As given; null without one. */
static void put_rules(struct tree *tree, json_t *params, const char *key, const struct reach_rules *rules)
{
	json_t *array;

	if (!rules->count) {
		tree_put(tree, params, key, json_null());
		return;
	}
	array = tree_nest(tree, params, key, json_array());
	for (size_t i = 0; i < rules->count; i++)
		tree_append(tree, array, tree_string(rules->list[i].text));
}

void json_put_reach(struct tree *tree, json_t *params, const struct vastar_plan *plan)
{
	const struct reach *reach = &plan->reach;

	tree_put(tree, params, "unix",
		 plan->target.unix_path ? tree_string(plan->target.unix_path) : json_null());
	tree_put(tree, params, "family", family_name(reach->family_asked ? reach->family : 0));
	put_rules(tree, params, "resolve", &reach->resolve);
	put_rules(tree, params, "connect_to", &reach->connect_to);
	tree_put(tree, params, "local_address",
		 reach->local.text ? tree_string(reach->local.text) : json_null());
	tree_put(tree, params, "proxy", plan->proxy_url ? tree_string(plan->proxy_url) : json_null());
	tree_put(tree, params, "proxy_source",
		 plan->proxy_source ? tree_string(plan->proxy_source) : json_null());
}
