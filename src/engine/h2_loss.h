/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* HTTP/2: how exchanges end without a response, and which are sent again. session_h2.c has the usual path. */
#ifndef VASTAR_ENGINE_H2_LOSS_H
#define VASTAR_ENGINE_H2_LOSS_H

#include "engine/session_h2.h"

/* The exchange of the stream has ended, in any way. */
void h2_end_stream(struct worker *w, struct conn *c, struct h2_stream *stream);

/* The connection accepts no more streams and has no open ones: replaces it. */
void h2_replace(struct worker *w, struct conn *c);

/* Events of a stream or of all streams: RST_STREAM, a breach of HTTP, GOAWAY. */
void h2_was_reset(struct worker *w, struct conn *c, struct h2_stream *stream);
void h2_was_malformed(struct worker *w, struct conn *c, struct h2_stream *stream);
void h2_goes_away(struct worker *w, struct conn *c);

/* The server breaks HTTP/2: the connection ends. */
void h2_broken(struct worker *w, struct conn *c);

/* For the row of struct session. */
void h2_ended(struct worker *w, struct conn *c, int error);
void h2_lose(struct worker *w, struct conn *c, const struct loss *loss);
void h2_check_time(struct worker *w, struct conn *c);
void h2_run_over(struct worker *w, struct conn *c);

#endif
