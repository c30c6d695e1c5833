/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * A run as a part of a larger one that several vastars make together. The settings describe the whole. Each
 * part computes its own portion without talking to the others. The portions add up exactly, and the
 * arrivals of all parts are those of one schedule.
 */
#ifndef VASTAR_PLAN_SHARE_H
#define VASTAR_PLAN_SHARE_H

#include <stdbool.h>
#include <stdint.h>

#include <vastar/vastar.h>

enum { SHARES_MAX = 65536 };

struct share {
	uint32_t index; /* from 0 */
	uint32_t count; /* 0 or 1: the run is the whole */
};

static inline bool share_is_part(const struct share *share)
{
	return share->count > 1;
}

/* Its portion of `whole`: 1,000 in three parts are 334, 333 and 333. */
uint64_t share_of(const struct share *share, uint64_t whole);

/* The sum of the portions of the parts before it. */
uint64_t share_before(const struct share *share, uint64_t whole);

/* Parses "2/3", with parts counted from 1. False: not of this form, or no such part. */
bool share_parse(const char *text, struct share *share);

/* VASTAR_E_USAGE with a message: no such part, or more parts than connections or requests. */
int share_check(const struct vastar_settings *settings, struct vastar_error *err);

#endif
