/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "engine/renew.h"

#include "engine/conn_internal.h"

/* None can be replaced: all are being opened, or wait to be replaced. */
static const double AGAIN_NS = 1e6;

static double interval_ns(const struct worker *w)
{
	return 1e9 * w->plan->connections / (w->plan->new_connections * w->owned);
}

static bool renew_next(struct worker *w)
{
	for (uint32_t tried = 0; tried < w->conn_count; tried++) {
		struct conn *c = &w->conns[w->renew_at++ % w->conn_count];

		if (!c->stale && !c->leaving && (c->state == CONN_IDLE || c->state == CONN_BUSY)) {
			conn_renew(w, c);
			return true;
		}
	}
	return false;
}

void renew_begin(struct worker *w)
{
	w->renew_next_ns = (double)w->tally.schedule_ns;
	if (w->owned)
		w->renew_next_ns += interval_ns(w);
	w->next_check_ns = w->now_ns;
}

void renew_due(struct worker *w)
{
	double look_ns;

	if (!w->owned) { /* connections may come from another worker */
		w->renew_next_ns = (double)w->now_ns;
		return;
	}
	while (w->renew_next_ns <= (double)w->now_ns && may_send(w) && renew_next(w))
		w->renew_next_ns += interval_ns(w);
	look_ns = w->renew_next_ns > (double)w->now_ns ? w->renew_next_ns : (double)w->now_ns + AGAIN_NS;
	if (look_ns < (double)w->next_check_ns)
		w->next_check_ns = (uint64_t)look_ns + 1;
}

void renew_end(struct worker *w)
{
	uint64_t end_ns = w->now_ns < w->deadline_ns ? w->now_ns : w->deadline_ns;

	for (; w->owned && w->renew_next_ns < (double)end_ns; w->renew_next_ns += interval_ns(w))
		w->shard->connections_missed++;
	for (uint32_t i = 0; i < w->conn_count; i++)
		w->shard->connections_missed += w->conns[i].stale && !w->conns[i].away;
}
