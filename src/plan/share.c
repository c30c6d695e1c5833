/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "plan/share.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"

uint64_t share_of(const struct share *share, uint64_t whole)
{
	return share_is_part(share) ? whole / share->count + (share->index < whole % share->count) : whole;
}

uint64_t share_before(const struct share *share, uint64_t whole)
{
	uint64_t more;

	if (!share_is_part(share))
		return 0;
	more = whole % share->count;
	return whole / share->count * share->index + (share->index < more ? share->index : more);
}

bool share_parse(const char *text, struct share *share)
{
	static const char digits[] = "0123456789";
	size_t index = strspn(text, digits),
	       count = text[index] == '/' ? strspn(text + index + 1, digits) : 0;
	unsigned long part, parts;

	if (!index || index > 9 || !count || count > 9 || text[index + 1 + count])
		return false;
	part = strtoul(text, NULL, 10);
	parts = strtoul(text + index + 1, NULL, 10);
	if (!part || part > parts || parts > SHARES_MAX)
		return false;
	*share = (struct share){.index = (uint32_t)part - 1, .count = (uint32_t)parts};
	return true;
}

static int too_many(uint32_t parts, uint64_t things, const char *what, const char *option,
		    struct vastar_error *err)
{
	return err_set(err, VASTAR_E_USAGE,
		       "--share: %" PRIu64 " %s (%s) cannot be split into %" PRIu32
		       " parts (raise %s, or use fewer parts)",
		       things, what, option, parts, option);
}

int share_check(const struct vastar_settings *settings, struct vastar_error *err)
{
	uint32_t parts = settings->share_count;

	if (!parts && !settings->share_index)
		return 0;
	if (parts > SHARES_MAX || !settings->share_index || settings->share_index > parts)
		return err_set(err, VASTAR_E_USAGE,
			       "--share: there is no part %" PRIu32 " of %" PRIu32
			       " (parts count from 1, and there are at most %d)",
			       settings->share_index, parts, SHARES_MAX);
	if (parts > 1 && settings->until)
		return err_set(err, VASTAR_E_USAGE,
			       "--share and --until: a part cannot tell how precise the whole is (use -z)");
	if (settings->requests && !settings->duration_ns && settings->requests < parts)
		return too_many(parts, settings->requests, "requests", "-n", err);
	if (settings->concurrency < parts)
		return too_many(parts, settings->concurrency, "connections", "-c", err);
	return 0;
}
