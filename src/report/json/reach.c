/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <sys/socket.h>

#include "report/json/parts.h"

static json_t *family_name(int family)
{
	return family ? tree_string(family == AF_INET ? "ipv4" : "ipv6") : json_null();
}

void json_put_reach(struct tree *tree, json_t *params, const struct vastar_plan *plan)
{
	const struct reach *reach = &plan->reach;

	tree_put(tree, params, "unix",
		 plan->target.unix_path ? tree_string(plan->target.unix_path) : json_null());
	tree_put(tree, params, "family", family_name(reach->family));
}
