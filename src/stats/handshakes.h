/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* TLS handshakes: how many were full, how many resumed a session, and what they agreed on. */
#ifndef VASTAR_STATS_HANDSHAKES_H
#define VASTAR_STATS_HANDSHAKES_H

#include <stdbool.h>
#include <stdint.h>

#include "stats/span.h"

enum { HANDSHAKE_KINDS = 16 };

/* What a handshake agreed on; "": nothing. */
struct handshake_terms {
	char version[16]; /* "TLSv1.3" */
	char cipher[48];
	char curve[24];
	char alpn[16];
};

struct handshake_kind {
	struct handshake_terms terms;
	uint64_t count;
};

struct server_certificate {
	char subject[160], issuer[160]; /* printable ASCII */
	int64_t expires_s;		/* seconds since 1970 */
	bool verified;
};

struct handshakes {
	struct span full, resumed; /* from connected to ready */
	uint64_t cpu_ns;	   /* spent on them by vastar's workers during the measurement */
	uint32_t kind_count;
	struct handshake_kind kinds[HANDSHAKE_KINDS];
	uint64_t other; /* of further kinds */
	bool has_certificate;
	struct server_certificate certificate; /* of the first handshake */
};

void handshakes_init(struct handshakes *handshakes);

/* Counts one that took `ns`. */
void handshakes_add(struct handshakes *handshakes, uint64_t ns, bool resumed,
		    const struct handshake_terms *terms);

void handshakes_merge(struct handshakes *into, const struct handshakes *from);

static inline uint64_t handshakes_count(const struct handshakes *handshakes)
{
	return handshakes->full.count + handshakes->resumed.count;
}

/* The kind that most connections have; NULL without a handshake. */
const struct handshake_kind *handshakes_usual(const struct handshakes *handshakes);

#endif
