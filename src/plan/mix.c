/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "plan/mix.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plan/turns.h"

int mix_init(struct mix *mix, uint32_t count, struct vastar_error *err)
{
	*mix = (struct mix){.requests = calloc(count, sizeof(*mix->requests)), .count = count};
	if (mix->requests)
		return 0;
	mix->count = 0;
	return err_nomem(err, "requests");
}

void mix_deinit(struct mix *mix)
{
	for (uint32_t i = 0; i < mix->count; i++) {
		struct mix_request *one = &mix->requests[i];

		free(one->url);
		free(one->method);
		target_deinit(&one->target);
		request_deinit(&one->request);
	}
	for (uint32_t i = 0; i < mix->host_count; i++)
		free(mix->hosts[i].turns);
	free(mix->requests);
	free(mix->hosts);
	free(mix->places);
	*mix = (struct mix){0};
}

bool mix_same(const struct mix *a, const struct mix *b)
{
	if (a->count != b->count)
		return false;
	for (uint32_t i = 0; i < a->count; i++) {
		const struct mix_request *one = &a->requests[i], *other = &b->requests[i];

		if (strcmp(one->url, other->url) != 0 || strcmp(one->method, other->method) != 0)
			return false;
	}
	return true;
}

/* ---- the requests ---- */

static int check(const struct vastar_settings *settings, struct vastar_error *err)
{
	if (settings->mix_count > MIX_REQUESTS_MAX)
		return err_set(err, VASTAR_E_USAGE, "--urls: %zu requests are too many (at most %d)",
			       settings->mix_count, MIX_REQUESTS_MAX);
	if (settings->http2)
		return err_set(err, VASTAR_E_USAGE,
			       "--urls and --http2: its header blocks are made for one request (leave one of "
			       "them out)");
	if (settings->pipeline > 1)
		return err_set(err, VASTAR_E_USAGE,
			       "--urls and --pipeline: requests in line are copies of one request (leave one "
			       "of them out)");
	for (size_t i = 0; i < settings->mix_count; i++)
		if (settings->mix[i].weight > MIX_WEIGHT_MAX)
			return err_set(err, VASTAR_E_USAGE,
				       "%s: a weight of %" PRIu32 " is too much (at most %d)",
				       settings->mix[i].origin ? settings->mix[i].origin : "--urls",
				       settings->mix[i].weight, MIX_WEIGHT_MAX);
	return 0;
}

/* Adds the line of the file to the error. */
static int at_origin(const char *origin, int rc, struct vastar_error *err)
{
	struct vastar_error inner;

	if (!rc || !err || !origin)
		return rc;
	inner = *err;
	return err_set(err, inner.status, "%.200s: %s", origin, inner.text);
}

int mix_settings(const struct vastar_settings *settings, uint32_t index, struct vastar_settings *own,
		 const char ***listp, struct vastar_error *err)
{
	const struct vastar_request *one = &settings->mix[index];
	size_t common = settings->header_count, count = common + one->header_count;
	const char **headers = calloc(count + 1, sizeof(*headers));

	if (!headers)
		return err_nomem(err, "requests");
	for (size_t i = 0; i < count; i++)
		headers[i] = i < common ? settings->headers[i] : one->headers[i - common];
	*listp = headers;
	*own = *settings;
	own->url = one->url;
	own->headers = headers;
	own->header_count = count;
	own->method = one->method ? one->method : settings->method;
	if (one->expect_count) {
		own->expect = one->expect;
		own->expect_count = one->expect_count;
	}
	if (one->body_length) {
		own->body = one->body;
		own->body_length = one->body_length;
	}
	return 0;
}

/* The method as request_build() has written it. */
static char *method_of(const struct request *request)
{
	const char *space = memchr(request->bytes, ' ', request->head_length);

	return strndup(request->bytes, (size_t)(space - request->bytes));
}

static int make_target(struct target *target, const struct vastar_settings *settings,
		       const struct proxies *proxies, struct vastar_error *err)
{
	int rc = target_parse(target, settings->url, err);

	if (rc)
		return rc;
	if (target->websocket)
		return err_set(err, VASTAR_E_USAGE,
			       "URL: a WebSocket cannot be one of several requests (give it alone)");
	if (settings->unix_path && target->unix_path)
		return err_set(err, VASTAR_E_USAGE,
			       "--unix: the URL names a Unix socket too (leave one of the two out)");
	if (settings->unix_path && !(target->unix_path = strdup(settings->unix_path)))
		return err_nomem(err, "requests");
	return target->unix_path ? 0 : proxies_choose(proxies, target, err);
}

static int make_request(struct mix_request *one, const struct vastar_settings *settings, uint32_t index,
			const struct proxies *proxies, struct vastar_error *err)
{
	const char **headers = NULL;
	struct vastar_settings own;
	int rc = mix_settings(settings, index, &own, &headers, err);

	if (!rc)
		rc = make_target(&one->target, &own, proxies, err);
	if (!rc)
		rc = request_build(&one->request, &own, &one->target, err);
	free(headers);
	if (rc)
		return rc;
	one->weight = settings->mix[index].weight ? settings->mix[index].weight : 1;
	one->url = strdup(own.url);
	one->method = method_of(&one->request);
	return one->url && one->method ? 0 : err_nomem(err, "requests");
}

/* ---- hosts ---- */

static bool same_host(const struct target *a, const struct target *b)
{
	bool sockets = a->unix_path && b->unix_path && !strcmp(a->unix_path, b->unix_path);

	return (sockets || (!a->unix_path && !b->unix_path)) && target_same_origin(a, b);
}

static uint32_t host_of(const struct mix *mix, uint32_t index)
{
	for (uint32_t i = 0; i < mix->host_count; i++)
		if (same_host(&mix->requests[mix->hosts[i].first].target, &mix->requests[index].target))
			return i;
	return mix->host_count;
}

static int find_hosts(struct mix *mix, struct vastar_error *err)
{
	mix->hosts = calloc(mix->count, sizeof(*mix->hosts));
	if (!mix->hosts)
		return err_nomem(err, "requests");
	for (uint32_t i = 0; i < mix->count; i++) {
		uint32_t host = host_of(mix, i);

		if (host == mix->host_count)
			mix->hosts[mix->host_count++].first = i;
		mix->requests[i].host = host;
	}
	return 0;
}

/* The order of the requests of one host. */
static int make_turns(struct mix *mix, uint32_t host, struct vastar_error *err)
{
	struct mix_host *own = &mix->hosts[host];
	uint32_t *weights = calloc(mix->count, sizeof(*weights));

	for (uint32_t i = 0; weights && i < mix->count; i++)
		weights[i] = mix->requests[i].host == host ? mix->requests[i].weight : 0;
	if (weights) {
		turns_reduce(weights, mix->count);
		own->turns = turns_new(weights, mix->count, &own->turn_count);
	}
	free(weights);
	return own->turns ? 0 : err_nomem(err, "requests");
}

int mix_fill(struct mix *mix, const struct vastar_settings *settings, const struct proxies *proxies,
	     struct vastar_error *err)
{
	int rc = check(settings, err);

	if (!rc)
		rc = mix_init(mix, (uint32_t)settings->mix_count, err);
	for (uint32_t i = 0; !rc && i < mix->count; i++)
		rc = at_origin(settings->mix[i].origin,
			       make_request(&mix->requests[i], settings, i, proxies, err), err);
	if (!rc)
		rc = find_hosts(mix, err);
	for (uint32_t i = 0; !rc && i < mix->host_count; i++)
		rc = make_turns(mix, i, err);
	mix->random = settings->mix_random;
	return rc;
}

/* ---- connections ---- */

/* How many of the connections each host gets: by its weight, and at least one. */
static void share_out(const struct mix *mix, uint32_t connections, uint32_t *counts)
{
	uint64_t all = 0, given = 0;
	uint32_t left = connections - mix->host_count;

	for (uint32_t i = 0; i < mix->count; i++)
		all += mix->requests[i].weight;
	for (uint32_t host = 0; host < mix->host_count; host++) {
		uint64_t weight = 0;

		for (uint32_t i = 0; i < mix->count; i++)
			weight += mix->requests[i].host == host ? mix->requests[i].weight : 0;
		/* Rounded so that the shares add up. */
		counts[host] = 1 + (uint32_t)((given + weight) * left / all - given * left / all);
		given += weight;
	}
}

static int place_connections(struct mix *mix, uint32_t connections, struct vastar_error *err)
{
	uint32_t *counts;

	if (connections < mix->host_count)
		return err_set(err, VASTAR_E_USAGE,
			       "--urls: %" PRIu32
			       " hosts need at least as many connections (-c), not %" PRIu32
			       " (use more of them)",
			       mix->host_count, connections);
	counts = calloc(mix->host_count, sizeof(*counts));
	if (counts) {
		uint32_t count;

		share_out(mix, connections, counts);
		mix->places = turns_new(counts, mix->host_count, &count);
	}
	free(counts);
	return mix->places ? 0 : err_nomem(err, "requests");
}

static void take_addresses(struct target *target, const struct target *from)
{
	target->address_count = from->address_count;
	target->spread = from->spread;
	memcpy(target->addresses, from->addresses, sizeof(target->addresses));
}

int mix_place(struct mix *mix, uint32_t connections, struct target *first, const struct reach *reach,
	      struct vastar_error *err)
{
	int rc = place_connections(mix, connections, err);

	for (uint32_t i = 0; !rc && i < mix->host_count; i++)
		rc = target_resolve(&mix->requests[mix->hosts[i].first].target, reach, err);
	for (uint32_t i = 0; !rc && i < mix->count; i++) {
		uint32_t known = mix->hosts[mix->requests[i].host].first;

		if (known != i)
			take_addresses(&mix->requests[i].target, &mix->requests[known].target);
	}
	if (rc)
		return rc;
	take_addresses(first, &mix->requests[0].target);
	first->dns_ns = mix->requests[0].target.dns_ns;
	return 0;
}
