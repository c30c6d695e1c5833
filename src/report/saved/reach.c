/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "report/saved/parts.h"

enum { TEXT_MOST = 4096 };

/* NULL where the member is missing or null. */
static char *copy_if_any(struct reader *reader, const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));
	char *copy = text ? strndup(text, TEXT_MOST) : NULL;

	if (text && !copy)
		reader_complain(reader, "out of memory for its %s", key);
	return copy;
}

static int family_of(struct reader *reader, const json_t *params)
{
	const char *name = json_string_value(json_object_get(params, "family"));

	if (!name)
		return AF_UNSPEC;
	if (!strcmp(name, "ipv4"))
		return AF_INET;
	if (strcmp(name, "ipv6"))
		reader_complain(reader, "its family is neither ipv4 nor ipv6");
	return AF_INET6;
}

/* Only the texts, which the report needs. */
static void read_rules(struct reader *reader, const json_t *params, const char *key,
		       struct reach_rules *rules)
{
	const json_t *array = json_object_get(params, key);
	size_t count = json_is_array(array) ? json_array_size(array) : 0;

	rules->list = count ? calloc(count, sizeof(*rules->list)) : NULL;
	if (count && !rules->list)
		reader_complain(reader, "out of memory for its %s", key);
	for (size_t i = 0; rules->list && i < count; i++) {
		const char *text = json_string_value(json_array_get(array, i));

		rules->list[i].text = strndup(text ? text : "", TEXT_MOST);
		if (!text || !rules->list[i].text)
			reader_complain(reader, "one of its %s is not a text", key);
		rules->count++;
	}
}

void saved_reach(struct reader *reader, const json_t *params, struct vastar_plan *plan)
{
	plan->target.unix_path = copy_if_any(reader, params, "unix");
	plan->proxy_url = copy_if_any(reader, params, "proxy");
	plan->proxy_source = copy_if_any(reader, params, "proxy_source");
	plan->reach.family = family_of(reader, params);
	plan->reach.family_asked = plan->reach.family;
	plan->reach.local.text = copy_if_any(reader, params, "local_address");
	read_rules(reader, params, "resolve", &plan->reach.resolve);
	read_rules(reader, params, "connect_to", &plan->reach.connect_to);
}
