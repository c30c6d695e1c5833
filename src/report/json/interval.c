/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "report/json/parts.h"

#include "base/clock.h"

json_t *json_interval(struct tree *tree, const struct interval *interval)
{
	bool answered = interval->responses > 0;
	double length_s = ns_to_s(interval->length_ns);
	json_t *object = json_object();

	tree_put(tree, object, "t_s", tree_seconds(interval->start_ns));
	tree_put(tree, object, "length_s", tree_real(length_s));
	tree_put(tree, object, "responses", tree_integer(interval->responses));
	tree_put(tree, object, "errors", tree_integer(interval->errors));
	tree_put(tree, object, "rps", tree_real((double)interval->responses / length_s));
	tree_put(tree, object, "p50_s", tree_seconds_if(answered, interval->p50_ns));
	tree_put(tree, object, "p99_s", tree_seconds_if(answered, interval->p99_ns));
	tree_put(tree, object, "max_s", tree_seconds_if(answered, interval->max_ns));
	tree_put(tree, object, "open_connections", tree_integer(interval->open_connections));
	return object;
}
