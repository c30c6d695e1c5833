/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "cli/sweep_watch.h"

#include <stdio.h>
#include <string.h>

#include "report/format.h"

void sweep_watch_init(struct sweep_watch *watch, bool wanted, FILE *events, bool *stop)
{
	*watch = (struct sweep_watch){.lines = wanted, .events = events, .stop = stop};
	progress_init(&watch->line, wanted ? PROGRESS_BAR : PROGRESS_NONE, 0, 0);
}

/* "run 3/12", without the total during scouting. */
static void format_run(const struct sweep_event *event, const char *of, char *text, size_t size)
{
	if (event->scouting)
		snprintf(text, size, "scout %u", event->run);
	else
		snprintf(text, size, "run %u%s%u", event->run, of, event->runs);
}

static void format_left(double seconds, char text[32])
{
	unsigned whole = (unsigned)(seconds + 0.5);

	if (whole >= 60)
		snprintf(text, 32, "  %um%02us left", whole / 60, whole % 60);
	else
		snprintf(text, 32, "  %us left", whole);
}

/* Adds a part if it fits as a whole. */
static void add(char *text, size_t room, const char *part)
{
	size_t used = strlen(text);

	if (used + strlen(part) <= room)
		strcpy(text + used, part);
}

void sweep_watch_format(const struct sweep_event *event, unsigned width, char *text, size_t size)
{
	size_t room = width < size ? width : size - 1;
	char part[64];

	text[0] = '\0';
	format_run(event, "/", part, sizeof(part));
	add(text, room, part);
	snprintf(part, sizeof(part), "  c=%u%s", event->concurrency, event->reference ? " ref" : "");
	add(text, room, part);
	snprintf(part, sizeof(part), " repeat %u/%u", event->repeat, event->repeats);
	if (event->repeats > 1 && !event->scouting && event->repeat <= event->repeats)
		add(text, room, part);
	snprintf(part, sizeof(part), "  %.0f/s", event->progress.rps);
	add(text, room, part);
	snprintf(part, sizeof(part), "  p99 %s", fmt_short(event->progress.p99_s).s);
	if (event->progress.p99_s > 0)
		add(text, room, part);
	format_left(event->seconds_left, part);
	if (event->seconds_left > 0)
		add(text, room, part);
}

static void show_running(struct sweep_watch *watch, const struct sweep_event *event)
{
	char text[200];

	sweep_watch_format(event, progress_width(), text, sizeof(text));
	progress_show(&watch->line, text);
}

static void show_ended(const struct sweep_watch *watch, const struct sweep_event *event)
{
	const struct figures *f = &event->sample->figures;
	char run[40];

	if (!watch->lines)
		return;
	format_run(event, " of ", run, sizeof(run));
	fprintf(stderr, "%s: c = %u%s: %.1f rps, p50 %s, p99 %s, errors %.2f %%\n", run, event->concurrency,
		event->reference ? " (reference)" : "", f->rps, fmt_short(f->p50_s).s, fmt_short(f->p99_s).s,
		100 * f->error_rate);
}

/* The first line: how long the sweep will take, if known. */
static void show_plan(const struct sweep_watch *watch, const struct sweep_event *event)
{
	char left[32];

	if (!watch->lines)
		return;
	format_left(event->seconds_left, left);
	left[strlen(left) - strlen(" left")] = '\0';
	if (event->scouting)
		fprintf(stderr,
			"about%s, first for the range of levels (less or more as it is narrow or wide)\n",
			left + 1);
	else
		fprintf(stderr, "%u runs to come, about%s\n", event->runs - event->run, left + 1);
}

static void write_event(struct sweep_watch *watch, const struct sweep_event *event)
{
	if (!watch->events || watch->failed || !sweep_write_ndjson_run(event, watch->events, &watch->err))
		return;
	watch->failed = true;
	__atomic_store_n(watch->stop, true, __ATOMIC_RELAXED);
}

void sweep_watch_event(void *context, const struct sweep_event *event)
{
	struct sweep_watch *watch = context;

	switch (event->kind) {
	case SWEEP_WARNING:
		fprintf(stderr, "vastar: %s\n", event->warning);
		break;
	case SWEEP_PLANNED:
		show_plan(watch, event);
		break;
	case SWEEP_RUNNING:
		show_running(watch, event);
		break;
	case SWEEP_RUN_ENDED:
		progress_clear(&watch->line);
		show_ended(watch, event);
		write_event(watch, event);
		break;
	case SWEEP_RUN_BEGINS:
		break;
	}
}
