/* SPDX-License-Identifier: MIT OR Apache-2.0 */
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
		reader_complain(reader, "there is no memory for its %s", key);
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

void saved_reach(struct reader *reader, const json_t *params, struct vastar_plan *plan)
{
	plan->target.unix_path = copy_if_any(reader, params, "unix");
	plan->reach.family = family_of(reader, params);
}
