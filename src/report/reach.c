/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "report/reach.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

/* The first of these and how many more: "a.test:80:127.0.0.1, 2 more". */
static void add_rules(struct reach_words *words, const char *what, const struct reach_rules *rules)
{
	size_t used = strlen(words->s), room = sizeof(words->s) - used;

	if (!rules->count)
		return;
	snprintf(words->s + used, room, "%s%s %.80s", used ? ", " : "", what, rules->list[0].text);
	used = strlen(words->s);
	if (rules->count > 1)
		snprintf(words->s + used, sizeof(words->s) - used, " and %zu more", rules->count - 1);
}

struct reach_words reach_describe(const struct vastar_plan *plan)
{
	const struct reach *reach = &plan->reach;
	struct reach_words words = {""};

	if (plan->target.unix_path)
		snprintf(words.s, sizeof(words.s), "Unix socket %.200s", plan->target.unix_path);
	else if (reach->family_asked)
		snprintf(words.s, sizeof(words.s), "IPv%d addresses only", reach->family == AF_INET ? 4 : 6);
	add_rules(&words, "connect to", &reach->connect_to);
	add_rules(&words, "resolve", &reach->resolve);
	if (reach->local.text) {
		size_t used = strlen(words.s);

		snprintf(words.s + used, sizeof(words.s) - used, "%sfrom %.80s", used ? ", " : "",
			 reach->local.text);
	}
	return words;
}
