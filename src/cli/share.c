/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "cli/share.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/num.h"
#include "plan/share.h"

enum { SHARED_SEED = 1 };

#define WAIT_MAX_NS (1000 * 3600 * (int64_t)NS_PER_S)

/* ---- --share ---- */

/* Environments that number their processes from 0, the innermost first: mpirun may run inside Slurm. */
static const struct launcher {
	const char *name, *index, *count;
} launchers[] = {
    {"Open MPI", "OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE"},
    {"PMI", "PMI_RANK", "PMI_SIZE"},
    {"Slurm", "SLURM_PROCID", "SLURM_NTASKS"},
    {"a Kubernetes Job", "JOB_COMPLETION_INDEX", "JOB_COMPLETIONS"},
};

static int share_of_launcher(const struct launcher *launcher, struct share *share, struct vastar_error *err)
{
	const char *index_text = getenv(launcher->index), *count_text = getenv(launcher->count);
	uint64_t index, count;

	if (!count_text)
		return err_set(
		    err, VASTAR_E_USAGE,
		    "--share auto: %s sets %s, but %s is missing (set it to the number of parts, or "
		    "give --share I/N)",
		    launcher->name, launcher->index, launcher->count);
	if (!num_count(index_text, &index) || !num_count(count_text, &count) || index >= count ||
	    count > SHARES_MAX)
		return err_set(
		    err, VASTAR_E_USAGE,
		    "--share auto: %s=%.20s and %s=%.20s are no part of a whole (give --share I/N)",
		    launcher->index, index_text, launcher->count, count_text);
	*share = (struct share){.index = (uint32_t)index, .count = (uint32_t)count};
	return 0;
}

static int share_of_environment(struct share *share, struct vastar_error *err)
{
	for (size_t i = 0; i < sizeof(launchers) / sizeof(*launchers); i++)
		if (getenv(launchers[i].index))
			return share_of_launcher(&launchers[i], share, err);
	return err_set(err, VASTAR_E_USAGE,
		       "--share auto: no launcher has numbered this process (it is for mpirun, srun and "
		       "Indexed Jobs: give --share I/N)");
}

static int take_share(const struct bench_options *o, struct vastar_settings *settings,
		      struct vastar_error *err)
{
	struct share share;
	int rc = 0;

	if (!strcmp(o->share, "auto"))
		rc = share_of_environment(&share, err);
	else if (!share_parse(o->share, &share))
		rc = err_set(err, VASTAR_E_USAGE,
			     "--share '%.40s': not a part of a whole (for example 2/3, at most %d parts, or "
			     "auto)",
			     o->share, SHARES_MAX);
	if (rc)
		return rc;
	settings->share_index = share.index + 1;
	settings->share_count = share.count;
	if (settings->seed == o->random_seed) /* not given: all parts need the same seed */
		settings->seed = SHARED_SEED;
	return 0;
}

/* ---- --start-at ---- */

static int64_t wall_now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * (int64_t)NS_PER_S + now.tv_nsec;
}

static bool two_digits(const char *text, int most, int *valuep)
{
	if (text[0] < '0' || text[0] > '9' || text[1] < '0' || text[1] > '9')
		return false;
	*valuep = 10 * (text[0] - '0') + text[1] - '0';
	return *valuep <= most;
}

/* "Z", "+01:00" */
static bool parse_zone(const char *text, int64_t *offset_s)
{
	int hours, minutes;

	*offset_s = 0;
	if ((*text == 'Z' || *text == 'z') && !text[1])
		return true;
	if ((*text != '+' && *text != '-') || !two_digits(text + 1, 23, &hours) || text[3] != ':' ||
	    !two_digits(text + 4, 59, &minutes) || text[6])
		return false;
	*offset_s = (*text == '-' ? -1 : 1) * (hours * 3600 + minutes * 60);
	return true;
}

/* RFC 3339: "2026-11-27T12:00:00.25+01:00" */
static bool parse_instant(const char *text, int64_t *nsp)
{
	struct tm tm = {0};
	const char *rest = strptime(text, "%Y-%m-%dT%H:%M:%S", &tm);
	int64_t fraction_ns = 0, unit = (int64_t)NS_PER_S / 10, offset_s;

	if (!rest)
		return false;
	if (*rest == '.') {
		if (rest[1] < '0' || rest[1] > '9')
			return false;
		for (rest++; *rest >= '0' && *rest <= '9'; rest++, unit /= 10)
			fraction_ns += (*rest - '0') * unit;
	}
	if (!parse_zone(rest, &offset_s))
		return false;
	if (tm.tm_year < 70 || tm.tm_year > 300) /* its nanoseconds fit into 64 bits */
		return false;
	*nsp = ((int64_t)timegm(&tm) - offset_s) * (int64_t)NS_PER_S + fraction_ns;
	return true;
}

static int take_start(const char *text, struct vastar_settings *settings, struct vastar_error *err)
{
	int64_t now = wall_now_ns(), at;
	uint64_t wait;

	if (*text == '+' && num_duration(text + 1, &wait))
		at = now + (int64_t)wait;
	else if (*text == '+' || !parse_instant(text, &at))
		return err_set(err, VASTAR_E_USAGE,
			       "--start-at '%.40s': not a time (for example 2026-11-27T12:00:00Z, or +10s)",
			       text);
	if (at < now)
		return err_set(
		    err, VASTAR_E_USAGE,
		    "--start-at %.40s: that was %.1f s ago (give a later time, and check the clock)", text,
		    (double)(now - at) / 1e9);
	if (at - now > WAIT_MAX_NS)
		return err_set(err, VASTAR_E_USAGE, "--start-at %.40s: that is too far away (at most 1000h)",
			       text);
	settings->start_at_ns = at;
	return 0;
}

/* ---- both ---- */

int set_share(struct bench_options *o, struct vastar_error *err)
{
	const char *option = o->share ? "--share" : o->start_at ? "--start-at" : NULL;
	int rc = 0;

	if (option && o->repeats > 1)
		return err_set(err, VASTAR_E_USAGE,
			       "--repeats and %s: the parts begin together only once (leave one of them out)",
			       option);
	if (o->share)
		rc = take_share(o, &o->settings, err);
	if (!rc && o->start_at)
		rc = take_start(o->start_at, &o->settings, err);
	return rc;
}
