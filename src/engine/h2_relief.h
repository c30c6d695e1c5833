/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * HTTP/2: when the server wants no new streams on a connection (GOAWAY), or its stream numbers are used up,
 * another connection stands in for it at once. It finishes its streams meanwhile, and then ends. Both
 * together have no more requests in flight than one.
 *
 * The two connections of such a pair are in slots i and i + conn_count. One of them has the place (conn->away
 * is false), the other is empty or finishes its streams (place->relieved).
 */
#ifndef VASTAR_ENGINE_H2_RELIEF_H
#define VASTAR_ENGINE_H2_RELIEF_H

#include "engine/session_h2.h"

/* The other connection of the pair takes over, if it can. Otherwise nothing changes, and the connection is
 * replaced when its last stream has ended. */
void h2_relieve(struct worker *w, struct conn *c);

/* The requests that wait on a relieved connection go to its stand-in, if that can take them. */
void h2_hand_over(struct worker *w, struct conn *c);

/* The streams of a relieved connection have become fewer: its stand-in may open more. */
void h2_lend(struct worker *w, const struct conn *c);

/* How many streams the ready connection may open depends on those of the one that it stands in for. */
void h2_borrow(const struct worker *w, struct conn *c);

/* Ends a relieved connection. */
void h2_relieved_ends(struct worker *w, struct conn *c);

/* For struct session. */
void h2_recall(struct worker *w, struct conn *c);

/* Adds the frames of the connection to the figures of the run. */
void h2_count(struct worker *w, const struct h2_place *place);

#endif
