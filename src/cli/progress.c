/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "cli/progress.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/clock.h"

#define HIDE_CURSOR "\033[?25l"
#define SHOW_CURSOR "\033[?25h"
#define ERASE_REST "\033[J" /* of the line, and what is below */

enum { LINE_MAX = 512, BAR_MAX = 30, BAR_MIN = 10 };

static volatile sig_atomic_t cursor_hidden;

static void put(const char *bytes, size_t length)
{
	/* A terminal that is gone takes nothing; the report does not depend on it. */
	if (write(STDERR_FILENO, bytes, length) < 0)
		return;
}

void progress_restore_cursor(void)
{
	if (!cursor_hidden)
		return;
	cursor_hidden = 0;
	put(SHOW_CURSOR, sizeof(SHOW_CURSOR) - 1);
}

void progress_init(struct progress *progress, bool wanted, uint64_t requests, uint64_t duration_ns)
{
	const char *term = getenv("TERM");
	bool able = isatty(STDERR_FILENO) && !(term && !strcmp(term, "dumb"));

	*progress =
	    (struct progress){.shown = wanted && able, .requests = requests, .duration_ns = duration_ns};
}

/* ---- parts of the line ---- */

static void format_count(double value, char text[16])
{
	if (value >= 9999500)
		snprintf(text, 16, "%.1fM", value / 1e6);
	else if (value >= 99995)
		snprintf(text, 16, "%.0fk", value / 1e3);
	else if (value >= 10000)
		snprintf(text, 16, "%.1fk", value / 1e3);
	else
		snprintf(text, 16, "%.0f", value);
}

static void format_time(double s, char text[16])
{
	if (s >= 1)
		snprintf(text, 16, "%.2fs", s);
	else if (s >= 1e-3)
		snprintf(text, 16, "%.1fms", s * 1e3);
	else
		snprintf(text, 16, "%.0fus", s * 1e6);
}

/* Adds a part if it fits as a whole. */
static void add(char *text, size_t room, const char *part)
{
	size_t used = strlen(text);

	if (used + strlen(part) <= room)
		strcpy(text + used, part);
}

static double share_done(const struct progress *progress, const struct vastar_progress *now)
{
	double share = progress->duration_ns ? (double)now->elapsed_ns / (double)progress->duration_ns
					     : (double)now->requests / (double)progress->requests;

	return share < 1 ? share : 1;
}

static void format_head(const struct progress *progress, const struct vastar_progress *now, char *part,
			size_t size)
{
	double share = share_done(progress, now);

	if (now->phase == VASTAR_CONNECTING)
		snprintf(part, size, "connecting, %u open", now->open_connections);
	else if (now->phase == VASTAR_WARMING_UP)
		snprintf(part, size, "warming up, %u open", now->open_connections);
	else if (now->phase == VASTAR_DRAINING)
		snprintf(part, size, "waiting for last answers");
	else if (progress->duration_ns)
		snprintf(part, size, "%.1fs/%.4gs", ns_to_s(now->elapsed_ns), ns_to_s(progress->duration_ns));
	else
		snprintf(part, size, "%3.0f%%", share * 100);
}

static void add_bar(char *text, size_t room, unsigned width, double share)
{
	char bar[BAR_MAX + 4] = "[";
	unsigned full = (unsigned)(share * width);

	for (unsigned i = 0; i < width; i++)
		bar[1 + i] = i < full ? '=' : i == full ? '>' : ' ';
	strcpy(bar + 1 + width, "] ");
	add(text, room, bar);
}

void progress_format(const struct progress *progress, const struct vastar_progress *now, unsigned width,
		     char *text, size_t size)
{
	size_t room = width < size ? width : size - 1;
	char part[128], a[16], b[16];
	double elapsed_s = ns_to_s(now->elapsed_ns);

	text[0] = '\0';
	if (width >= 60)
		add_bar(text, room, width >= 100 ? BAR_MAX : BAR_MIN, share_done(progress, now));
	format_head(progress, now, part, sizeof(part));
	add(text, room, part);
	format_count((double)now->requests, a);
	snprintf(part, sizeof(part), "  %s req", a);
	add(text, room, part);
	format_count((double)now->errors, a);
	snprintf(part, sizeof(part), "  %s err", a);
	add(text, room, part);
	format_count(progress->rate, a);
	format_count(elapsed_s > 0 ? (double)now->responses / elapsed_s : 0, b);
	snprintf(part, sizeof(part), "  %s/s", a);
	add(text, room, part);
	snprintf(part, sizeof(part), " (mean %s)", b);
	add(text, room, part);
	format_time(now->p50_s, a);
	format_time(now->p99_s, b);
	snprintf(part, sizeof(part), "  p50 %s p99 %s", a, b);
	if (now->p99_s > 0)
		add(text, room, part);
}

/* ---- drawing ---- */

static unsigned terminal_width(void)
{
	struct winsize size;

	return !ioctl(STDERR_FILENO, TIOCGWINSZ, &size) && size.ws_col ? size.ws_col : 80;
}

static void update_rate(struct progress *progress, const struct vastar_progress *now)
{
	uint64_t passed = now->elapsed_ns - progress->then_ns;
	bool enough = passed >= NS_PER_S / 2;

	if (!passed || (!enough && progress->then_ns))
		return;
	progress->rate = (double)(now->responses - progress->then_responses) / ns_to_s(passed);
	if (!enough) /* the very start: there is only the mean to be shown */
		return;
	progress->then_ns = now->elapsed_ns;
	progress->then_responses = now->responses;
}

unsigned progress_width(void)
{
	return terminal_width() - 1;
}

void progress_show(struct progress *progress, const char *text)
{
	char line[LINE_MAX + 32];
	int length;

	if (!progress->shown)
		return;
	/* One column is left free: a terminal may wrap when its last one is filled. The cursor goes back to
	 * the start of the line, where it stays when the window is made narrower and the line is wrapped: the
	 * next drawing then erases all of its pieces. */
	length = snprintf(line, sizeof(line), "%s\r%.*s" ERASE_REST "\r", cursor_hidden ? "" : HIDE_CURSOR,
			  (int)(terminal_width() - 1 < LINE_MAX ? terminal_width() - 1 : LINE_MAX - 1), text);
	cursor_hidden = 1;
	put(line, (size_t)length);
}

void progress_draw(struct progress *progress, const struct vastar_progress *now)
{
	char text[LINE_MAX];

	if (!progress->shown)
		return;
	update_rate(progress, now);
	progress_format(progress, now, terminal_width() - 1, text, sizeof(text));
	progress_show(progress, text);
}

void progress_clear(struct progress *progress)
{
	if (!progress->shown)
		return;
	/* The line first: what is erased from the first row on goes into the history of some terminals. */
	if (cursor_hidden)
		put("\r\033[K" ERASE_REST, strlen("\r\033[K" ERASE_REST));
	progress_restore_cursor();
}
