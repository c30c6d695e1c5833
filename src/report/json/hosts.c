/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The JSON report's parts about a run on many machines. */
#include "report/json/parts.h"
#include "report/merged.h"

void json_put_share(struct tree *tree, json_t *params, const struct vastar_plan *plan)
{
	json_t *share;

	if (!share_is_part(&plan->share))
		return;
	share = tree_nest(tree, params, "share", json_object());
	tree_put(tree, share, "part", tree_integer(plan->share.index + 1));
	tree_put(tree, share, "of", tree_integer(plan->share.count));
	tree_put(tree, share, "concurrency", tree_integer(plan->whole.connections));
	tree_put(tree, share, "requests",
		 plan->whole.requests == UINT64_MAX ? json_null() : tree_integer(plan->whole.requests));
	tree_put(tree, share, "rate", tree_real_if(plan->whole.rate > 0, plan->whole.rate));
}

static json_t *host_entry(struct tree *tree, const struct host *host)
{
	json_t *entry = json_object();

	tree_put(tree, entry, "host", tree_string(host->name));
	tree_put(tree, entry, "part", host->part ? tree_integer(host->part) : json_null());
	tree_put(tree, entry, "start_s", tree_seconds(host->start_ns));
	if (host->clock_known) {
		tree_put(tree, entry, "clock_offset_s", tree_real(host->clock_offset_s));
		tree_put(tree, entry, "clock_error_s", tree_real(host->clock_error_s));
	}
	tree_put(tree, entry, "connections", tree_integer(host->connections));
	tree_put(tree, entry, "requests", tree_integer(host->requests));
	tree_put(tree, entry, "responses", tree_integer(host->responses));
	tree_put(tree, entry, "errors", tree_integer(host->errors));
	tree_put(tree, entry, "rps", tree_real(host->rps));
	tree_put(tree, entry, "p50_s", tree_seconds_if(host->responses, host->p50_ns));
	tree_put(tree, entry, "p99_s", tree_seconds_if(host->responses, host->p99_ns));
	tree_put(tree, entry, "max_s", tree_seconds_if(host->responses, host->max_ns));
	tree_put(tree, entry, "cpu_busy", tree_real(host->busy));
	tree_put(tree, entry, "verdict", tree_string(verdict_names[host->verdict]));
	tree_put(tree, entry, "reason", *host->reason ? tree_string(host->reason) : json_null());
	return entry;
}

void json_put_hosts(struct tree *tree, json_t *root, const struct merged *merged)
{
	json_t *array;

	if (!merged->host_count)
		return;
	array = tree_nest(tree, root, "hosts", json_array());
	for (unsigned i = 0; i < merged->host_count; i++)
		tree_append(tree, array, host_entry(tree, &merged->hosts[i]));
}
