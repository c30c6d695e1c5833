/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * --new-connections: connections are replaced at a rate of their own, beside the requests. Each worker has
 * the part of the rate that it has of the connections, and takes them in turn.
 */
#ifndef VASTAR_ENGINE_RENEW_H
#define VASTAR_ENGINE_RENEW_H

struct worker;

/* The run begins. */
void renew_begin(struct worker *w);

/* Replaces what is due, or marks it to be replaced when its exchange is complete, and has the worker look
 * again in time. Call it now and then while requests are sent, if the plan has the rate. */
void renew_due(struct worker *w);

/* No more requests are sent: counts what was due and not opened. */
void renew_end(struct worker *w);

#endif
