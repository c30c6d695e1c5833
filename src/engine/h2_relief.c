/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "engine/h2_relief.h"

#include <stdlib.h>

/* NULL: there are too few descriptors for pairs. */
static struct conn *other_of(const struct worker *w, const struct conn *c)
{
	uint32_t index = conn_index(w, c), count = w->conn_count;

	if (w->slot_count == count)
		return NULL;
	return &w->conns[index < count ? index + count : index - count];
}

static bool is_open(const struct conn *c)
{
	return c->state == CONN_IDLE || c->state == CONN_BUSY;
}

static void swap_roles(struct conn *relieved, struct conn *by)
{
	place_of(relieved)->relieved = true;
	relieved->away = true;
	place_of(by)->relieved = false;
	by->away = false;
}

void h2_hand_over(struct worker *w, struct conn *c)
{
	struct conn *to = other_of(w, c);

	if (!place_of(c)->waiting.count || to->away || to->state > CONN_BUSY ||
	    !waiting_append(&place_of(to)->waiting, &place_of(c)->waiting))
		return;
	if (is_open(to)) {
		to->state = CONN_BUSY;
		h2_schedule(w, to);
	} else {
		conn_pend(w, to);
	}
}

void h2_relieve(struct worker *w, struct conn *c)
{
	struct conn *by = other_of(w, c);

	if (!by || !by->away || by->state != CONN_CLOSED || c->leaving || !may_send(w) ||
	    !w->plan->keepalive || w->plan->pace.kind == PACE_CONNECTION)
		return;
	swap_roles(c, by);
	by->address = c->address;
	by->tries = by->failures = 0;
	if (place_of(c)->waiting.count)
		h2_hand_over(w, c);
	else
		conn_stand_in(w, by);
}

void h2_borrow(const struct worker *w, struct conn *c)
{
	struct conn *other = other_of(w, c);
	struct h2_place *from = other ? place_of(other) : NULL;

	h2_share(place_of(c)->h, from && from->relieved && is_open(other) ? from->h->open : 0);
}

void h2_lend(struct worker *w, const struct conn *c)
{
	struct conn *to = other_of(w, c);
	struct h2_place *place = place_of(to);
	bool full;

	if (to->away || !is_open(to))
		return;
	full = !h2_room(place->h);
	h2_borrow(w, to);
	if (full && h2_room(place->h))
		place->free_ns = w->now_ns;
	h2_schedule(w, to);
}

void h2_relieved_ends(struct worker *w, struct conn *c)
{
	struct h2_place *place = place_of(c);
	bool sending = c->flags & CONN_SENDING;

	conn_drop(w, c);
	if (sending) /* the kernel still reads from its memory */
		return;
	h2_count(w, place);
	w->session->release(c);
	place->relieved = true;
}

void h2_recall(struct worker *w, struct conn *c)
{
	struct conn *by = other_of(w, c);

	if (!place_of(c)->relieved)
		return; /* it is in another worker */
	if (c->state != CONN_CLOSED || !is_open(by)) {
		w->recheck = true;
		return;
	}
	swap_roles(by, c);
	h2_hand_over(w, by);
	h2_retire(place_of(by)->h);
	h2_schedule(w, by);
}

void h2_count(struct worker *w, const struct h2_place *place)
{
	const struct h2 *h = place->h;
	struct streams streams = {
	    .frames_in = h->counts.frames_in,
	    .frames_out = h->counts.frames_out,
	    .head_bytes_in = h->counts.head_bytes_in,
	    .head_fields_in = h->counts.head_fields_in,
	    .blocked_ns = place->blocked_ns,
	    .allowed = h->spoke && h->server_streams != UINT32_MAX ? h->server_streams + 1 : 0,
	};

	tally_streams(&w->tally, &streams);
}
