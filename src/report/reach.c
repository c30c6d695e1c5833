/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "report/reach.h"

#include <stdio.h>
#include <sys/socket.h>

struct reach_words reach_describe(const struct vastar_plan *plan)
{
	const struct reach *reach = &plan->reach;
	struct reach_words words = {""};

	if (plan->target.unix_path)
		snprintf(words.s, sizeof(words.s), "Unix socket %.200s", plan->target.unix_path);
	else if (reach->family)
		snprintf(words.s, sizeof(words.s), "IPv%d addresses only", reach->family == AF_INET ? 4 : 6);
	return words;
}
