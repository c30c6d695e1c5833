/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * --new-connections: replaces connections at a given rate, independently of the requests. Each worker has the
 * same share of the rate as of the connections, and replaces its connections in turn.
 */
#ifndef VASTAR_ENGINE_RENEW_H
#define VASTAR_ENGINE_RENEW_H

struct worker;

/* The run begins. */
void renew_begin(struct worker *w);

/* Replaces the connections that are due, or marks them to be replaced when their exchange is complete, and
 * makes the worker check again in time. Call it now and then while requests are sent, if the plan has the
 * rate. */
void renew_due(struct worker *w);

/* No more requests are sent: counts the connections that were due and not opened. */
void renew_end(struct worker *w);

#endif
