/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "cli/progress.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"

#define HIDE_CURSOR "\033[?25l"
#define SHOW_CURSOR "\033[?25h"
#define ERASE_LINE "\033[K" /* from the cursor on */
#define ERASE_REST "\033[J" /* of the line, and what is below */
#define LINE_UP "\033[A"

enum { LINE_MAX = 512, BAR_MAX = 30, BAR_MIN = 10, RATES_LEAST = 3, RATES_MIN = 10, ROWS_FOR_RATES = 3 };

#define PLAIN_NS (10 * NS_PER_S)

static volatile sig_atomic_t cursor_hidden;

static void put(const char *bytes, size_t length)
{
	/* Errors are ignored: the terminal may be gone, and the report does not depend on it. */
	if (write(STDERR_FILENO, bytes, length) < 0)
		return;
}

void progress_restore_cursor(void)
{
	if (!cursor_hidden)
		return;
	cursor_hidden = 0;
	put(ERASE_REST SHOW_CURSOR, strlen(ERASE_REST SHOW_CURSOR));
}

int progress_style_parse(enum progress_style *style, const char *name, struct vastar_error *err)
{
	static const char *const names[] = {
	    [PROGRESS_BAR] = "bar", [PROGRESS_PLAIN] = "plain", [PROGRESS_NONE] = "none"};

	*style = PROGRESS_BAR;
	if (!name)
		return 0;
	for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(name, names[i]))
			continue;
		*style = (enum progress_style)i;
		return 0;
	}
	return err_set(err, VASTAR_E_USAGE, "--progress '%.40s': not known (use bar, plain or none)", name);
}

void progress_init(struct progress *progress, enum progress_style style, uint64_t requests,
		   uint64_t duration_ns)
{
	const char *term = getenv("TERM");
	bool able = isatty(STDERR_FILENO) && !(term && !strcmp(term, "dumb"));

	*progress = (struct progress){.shown = style == PROGRESS_BAR && able,
				      .plain = style == PROGRESS_PLAIN,
				      .requests = requests,
				      .duration_ns = duration_ns};
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
		snprintf(part, size, "waiting for last responses");
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
	if (width >= 60 && !progress->plain)
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

/* ---- the rate of the last minute ---- */

void progress_add_interval(struct progress *progress, const struct interval *interval)
{
	double seconds = ns_to_s(interval->length_ns);

	for (unsigned i = (unsigned)(seconds + 0.5); i > 0; i--)
		progress->rates[progress->seconds++ % PROGRESS_SECONDS] =
		    (double)interval->responses / seconds;
}

static double rate_ago(const struct progress *progress, unsigned seconds)
{
	return progress->rates[(progress->seconds - 1 - seconds) % PROGRESS_SECONDS];
}

void progress_format_rates(const struct progress *progress, unsigned width, char *text, size_t size)
{
	static const char ramp[] = "_.:-=+*#%@";
	unsigned frame = (unsigned)strlen("rate [] peak 12.34k/s"), columns, known;
	char cells[PROGRESS_SECONDS + 1], peak_text[16];
	double peak = 0;

	text[0] = '\0';
	if (progress->seconds < RATES_LEAST || width < frame + RATES_MIN)
		return;
	columns = width - frame < PROGRESS_SECONDS ? width - frame : PROGRESS_SECONDS;
	known = progress->seconds < columns ? (unsigned)progress->seconds : columns;
	for (unsigned ago = 0; ago < known; ago++)
		peak = rate_ago(progress, ago) > peak ? rate_ago(progress, ago) : peak;
	memset(cells, ' ', columns);
	cells[columns] = '\0';
	for (unsigned ago = 0; ago < known; ago++) {
		double share = peak > 0 ? rate_ago(progress, ago) / peak : 0;

		/* Any rate above 0 is shown as more than none. */
		cells[columns - 1 - ago] = ramp[share > 0 ? 1 + (unsigned)(share * 8 + 0.5) : 0];
	}
	format_count(peak, peak_text);
	snprintf(text, size, "rate [%s] peak %s/s", cells, peak_text);
}

/* ---- drawing ---- */

static struct winsize terminal_size(void)
{
	struct winsize size;

	if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) || !size.ws_col)
		size = (struct winsize){.ws_col = 80, .ws_row = 24};
	return size;
}

static void update_rate(struct progress *progress, const struct vastar_progress *now)
{
	uint64_t passed = now->elapsed_ns - progress->then_ns;
	bool enough = passed >= NS_PER_S / 2;

	if (!passed || (!enough && progress->then_ns))
		return;
	progress->rate = (double)(now->responses - progress->then_responses) / ns_to_s(passed);
	if (!enough) /* at the start there is only the mean */
		return;
	progress->then_ns = now->elapsed_ns;
	progress->then_responses = now->responses;
}

unsigned progress_width(void)
{
	return terminal_size().ws_col - 1u;
}

/* `below` may be "": no second line. */
static void show(const char *text, const char *below)
{
	char lines[2 * LINE_MAX + 64];
	/* One column stays free: a terminal may wrap when its last one is filled. The cursor returns to the
	 * start of the line. It stays there when the window becomes narrower and the line is wrapped, so the
	 * next drawing erases all of its pieces. */
	int columns = terminal_size().ws_col - 1, most = columns < LINE_MAX ? columns : LINE_MAX - 1;
	int length = snprintf(lines, sizeof(lines), "%s\r%.*s" ERASE_REST, cursor_hidden ? "" : HIDE_CURSOR,
			      most, text);

	if (*below)
		length +=
		    snprintf(lines + length, sizeof(lines) - (size_t)length, "\r\n%.*s" LINE_UP, most, below);
	length += snprintf(lines + length, sizeof(lines) - (size_t)length, "\r");
	cursor_hidden = 1;
	put(lines, (size_t)length);
}

void progress_show(struct progress *progress, const char *text)
{
	if (progress->shown)
		show(text, "");
}

static void print_plain(struct progress *progress, const struct vastar_progress *now)
{
	char text[LINE_MAX];
	size_t length;

	if (now->phase == VASTAR_CONNECTING || now->elapsed_ns < progress->then_ns + PLAIN_NS)
		return;
	progress->rate = (double)(now->responses - progress->then_responses) /
			 ns_to_s(now->elapsed_ns - progress->then_ns);
	progress->then_ns = now->elapsed_ns / PLAIN_NS * PLAIN_NS;
	progress->then_responses = now->responses;
	progress_format(progress, now, LINE_MAX - 2, text, sizeof(text));
	length = strlen(text);
	text[length] = '\n';
	put(text, length + 1);
}

void progress_draw(struct progress *progress, const struct vastar_progress *now)
{
	char text[LINE_MAX], rates[LINE_MAX] = "";
	struct winsize size = terminal_size();

	if (progress->plain)
		print_plain(progress, now);
	if (!progress->shown)
		return;
	update_rate(progress, now);
	progress_format(progress, now, size.ws_col - 1, text, sizeof(text));
	if (size.ws_row >= ROWS_FOR_RATES)
		progress_format_rates(progress, size.ws_col - 1, rates, sizeof(rates));
	show(text, rates);
}

void progress_clear(struct progress *progress)
{
	if (!progress->shown)
		return;
	/* The line first: some terminals put what is erased from the first row on into their history. */
	if (cursor_hidden)
		put("\r" ERASE_LINE ERASE_REST, strlen("\r" ERASE_LINE ERASE_REST));
	progress_restore_cursor();
}
