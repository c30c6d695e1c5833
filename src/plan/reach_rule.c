/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "plan/reach_rule.h"

#include <stdlib.h>
#include <string.h>

#include "plan/address_list.h"
#include "plan/authority.h"

static const struct {
	const char *option, *form;
	const char *any; /* means any host */
} kinds[] = {
    [REACH_RESOLVE] = {"--resolve", "HOST:PORT:ADDRESS[,ADDRESS...]", "*"},
    [REACH_CONNECT_TO] = {"--connect-to", "HOST:PORT:HOST:PORT", ""},
};

static int refuse(enum reach_rule_kind kind, const char *text, const char *why, struct vastar_error *err)
{
	return err_set(err, VASTAR_E_USAGE, "%s \"%.120s\": %s (write %s)", kinds[kind].option, text, why,
		       kinds[kind].form);
}

/* Cuts up to the next colon outside brackets; *atp is NULL after the last field. */
static struct view take_field(const char **atp)
{
	const char *from = *atp, *close = *from == '[' ? strchr(from, ']') : NULL;
	size_t length = strcspn(close ? close : from, ":") + (close ? (size_t)(close - from) : 0);

	*atp = from[length] ? from + length + 1 : NULL;
	return (struct view){from, length};
}

static bool read_port(struct view field, uint16_t *portp)
{
	unsigned long value = 0;

	for (size_t i = 0; i < field.length; i++) {
		if (!is_digit(field.text[i]) || value > UINT16_MAX)
			return false;
		value = value * 10 + (unsigned long)(field.text[i] - '0');
	}
	*portp = (uint16_t)value;
	return field.length && value >= 1 && value <= UINT16_MAX;
}

/* The caller frees *hostp. NULL: `field` means any host. */
static int read_host(char **hostp, enum reach_rule_kind kind, const char *text, struct view field,
		     const char *any, struct vastar_error *err)
{
	struct authority place = {.port = 0};

	if (view_is(field, any))
		return 0;
	if (authority_parse(&place, field, NULL) || *place.zone)
		return refuse(kind, text, "it has an invalid host", err);
	*hostp = strdup(place.host);
	return *hostp ? 0 : err_nomem(err, kinds[kind].option);
}

static int read_addresses(struct reach_rule *rule, const char *list, struct vastar_error *err)
{
	struct ip_address address;
	const char *at = list;

	do
		if (!address_list_next(&at, &address))
			return refuse(REACH_RESOLVE, rule->text, "it has an invalid IP address", err);
	while (*at);
	rule->to = strdup(list);
	return rule->to ? 0 : err_nomem(err, kinds[REACH_RESOLVE].option);
}

/* "HOST:PORT" after the second colon; either may be empty. */
static int read_destination(struct reach_rule *rule, const char *at, struct vastar_error *err)
{
	struct view host = take_field(&at), port = {0};

	if (at)
		port = take_field(&at);
	if (!port.text || at)
		return refuse(REACH_CONNECT_TO, rule->text, "it does not have four parts", err);
	if (port.length && !read_port(port, &rule->to_port))
		return refuse(REACH_CONNECT_TO, rule->text, "its second port is not a number from 1 to 65535",
			      err);
	return read_host(&rule->to, REACH_CONNECT_TO, rule->text, host, "", err);
}

static int read_rule(struct reach_rule *rule, enum reach_rule_kind kind, const char *text,
		     struct vastar_error *err)
{
	const char *at = text;
	struct view host = take_field(&at), port = {0};
	int rc;

	rule->text = strdup(text);
	if (!rule->text)
		return err_nomem(err, kinds[kind].option);
	if (at)
		port = take_field(&at);
	if (!at)
		return refuse(kind, text,
			      kind == REACH_RESOLVE ? "it has no address" : "it does not have four parts",
			      err);
	if (!read_port(port, &rule->port) && (kind == REACH_RESOLVE || port.length))
		return refuse(kind, text, "its port is not a number from 1 to 65535", err);
	rc = read_host(&rule->host, kind, text, host, kinds[kind].any, err);
	if (rc)
		return rc;
	return kind == REACH_RESOLVE ? read_addresses(rule, at, err) : read_destination(rule, at, err);
}

int reach_rules_fill(struct reach_rules *rules, enum reach_rule_kind kind, const char *const *texts,
		     size_t count, struct vastar_error *err)
{
	if (!count)
		return 0;
	if (!texts)
		return err_set(err, VASTAR_E_USAGE, "%s: there is a count but no list (set both or none)",
			       kinds[kind].option);
	rules->list = calloc(count, sizeof(*rules->list));
	if (!rules->list)
		return err_nomem(err, kinds[kind].option);
	while (rules->count < count) {
		int rc = read_rule(&rules->list[rules->count], kind, texts[rules->count], err);

		rules->count++; /* what it owns so far is freed with the others */
		if (rc)
			return rc;
	}
	return 0;
}

void reach_rules_deinit(struct reach_rules *rules)
{
	for (size_t i = 0; i < rules->count; i++) {
		free(rules->list[i].text);
		free(rules->list[i].host);
		free(rules->list[i].to);
	}
	free(rules->list);
	*rules = (struct reach_rules){0};
}

size_t reach_rules_find(const struct reach_rules *rules, const char *host, uint16_t port)
{
	size_t i;

	for (i = 0; i < rules->count; i++) {
		const struct reach_rule *rule = &rules->list[i];

		if ((!rule->host || !strcmp(rule->host, host)) && (!rule->port || rule->port == port))
			break;
	}
	return i;
}

size_t reach_rules_next(const struct reach_rules *rules, size_t of)
{
	const struct reach_rule *first = &rules->list[of];

	while (++of < rules->count) {
		const struct reach_rule *rule = &rules->list[of];
		bool same_host = rule->host && first->host ? !strcmp(rule->host, first->host)
							   : !rule->host && !first->host;

		if (same_host && rule->port == first->port)
			break;
	}
	return of;
}
