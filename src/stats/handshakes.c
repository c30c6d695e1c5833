/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "stats/handshakes.h"

#include <string.h>

void handshakes_init(struct handshakes *handshakes)
{
	*handshakes = (struct handshakes){.kind_count = 0};
	span_init(&handshakes->full);
	span_init(&handshakes->resumed);
}

static bool same_terms(const struct handshake_terms *a, const struct handshake_terms *b)
{
	return !strcmp(a->version, b->version) && !strcmp(a->cipher, b->cipher) &&
	       !strcmp(a->curve, b->curve) && !strcmp(a->alpn, b->alpn);
}

static void count_kind(struct handshakes *handshakes, const struct handshake_terms *terms, uint64_t count)
{
	for (uint32_t i = 0; i < handshakes->kind_count; i++) {
		if (same_terms(&handshakes->kinds[i].terms, terms)) {
			handshakes->kinds[i].count += count;
			return;
		}
	}
	if (handshakes->kind_count == HANDSHAKE_KINDS)
		handshakes->other += count;
	else
		handshakes->kinds[handshakes->kind_count++] = (struct handshake_kind){*terms, count};
}

void handshakes_add(struct handshakes *handshakes, uint64_t ns, bool resumed,
		    const struct handshake_terms *terms)
{
	span_record(resumed ? &handshakes->resumed : &handshakes->full, ns);
	count_kind(handshakes, terms, 1);
}

void handshakes_merge(struct handshakes *into, const struct handshakes *from)
{
	span_merge(&into->full, &from->full);
	span_merge(&into->resumed, &from->resumed);
	for (uint32_t i = 0; i < from->kind_count; i++)
		count_kind(into, &from->kinds[i].terms, from->kinds[i].count);
	into->other += from->other;
	into->cpu_ns += from->cpu_ns;
	if (from->has_certificate && !into->has_certificate) {
		into->has_certificate = true;
		into->certificate = from->certificate;
	}
}

const struct handshake_kind *handshakes_usual(const struct handshakes *handshakes)
{
	const struct handshake_kind *usual = NULL;

	for (uint32_t i = 0; i < handshakes->kind_count; i++)
		if (!usual || handshakes->kinds[i].count > usual->count)
			usual = &handshakes->kinds[i];
	return usual;
}
