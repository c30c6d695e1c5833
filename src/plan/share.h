/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * One run as a part of a larger one that several vastars make together. The settings are those of the whole;
 * each part works out its own portion, without a word from the others, so that the portions add up exactly
 * and the arrivals of all parts are those of one schedule.
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

/* Its portion of `whole` things: 1,000 in three parts are 334, 333 and 333. */
uint64_t share_of(const struct share *share, uint64_t whole);

/* How many of them the parts before it have. */
uint64_t share_before(const struct share *share, uint64_t whole);

/* "2/3" as the share, which users count from 1. False: not of this form, or no part. */
bool share_parse(const char *text, struct share *share);

/* VASTAR_E_USAGE with a sentence: no part of this number, or more parts than connections or requests. */
int share_check(const struct vastar_settings *settings, struct vastar_error *err);

#endif
