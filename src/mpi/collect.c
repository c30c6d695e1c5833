/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "mpi/collect.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report/saved/merge.h"
#include "stats/join.h"

bool collect_init(struct collected *c, int size)
{
	size_t count = (size_t)size;

	*c = (struct collected){.parts = calloc(count, sizeof(*c->parts)),
				.offsets = calloc(count, sizeof(*c->offsets)),
				.late_ns = calloc(count, sizeof(*c->late_ns)),
				.ranks = calloc(count, sizeof(*c->ranks)),
				.names = calloc(count, sizeof(*c->names))};
	return c->parts && c->offsets && c->late_ns && c->ranks && c->names;
}

static void free_parts(struct collected *c, int size)
{
	for (int i = 0; c->parts && i < size; i++) {
		free(c->parts[i].json);
		c->parts[i] = (struct part){0};
	}
}

void collect_free(struct collected *c, int size)
{
	free_parts(c, size);
	for (int i = 0; c->ranks && i < size; i++)
		saved_free(&c->ranks[i]);
	saved_free(&c->whole);
	merged_free(&c->merged);
	repeats_free(&c->repeats);
	free(c->parts);
	free(c->offsets);
	free(c->late_ns);
	free(c->ranks);
	free(c->names);
}

/* Names those that are lost. */
static void say_lost(struct collected *c, const struct world *world)
{
	for (int rank = 0; rank < world->size; rank++) {
		if (!c->parts[rank].lost && c->parts[rank].length)
			continue;
		c->lost++;
		saved_free(&c->ranks[rank]);
		c->ranks[rank] = (struct saved){0};
		fprintf(stderr,
			"vastar: %s (rank %d): it has died or cannot be reached (the report is that of the "
			"others)\n",
			world->hosts[rank], rank);
	}
}

/* The ranks were to begin at one instant; how late each was is in its report. The dates are those of rank
 * 0, since the wall clocks may differ. */
static void set_start(struct saved *input, const struct saved *first)
{
	input->result->facts.started_at_s = first->result->facts.started_at_s;
	input->result->facts.started_at_ms = first->result->facts.started_at_ms;
}

/* Merges those of the `ranks` that are there, which become empty. */
static int merge_ranks(struct collected *c, const struct world *world, struct saved *ranks,
		       struct saved *whole, struct merged *merged, struct vastar_error *err)
{
	struct saved *inputs = calloc((size_t)world->size, sizeof(*inputs));
	const char **names = calloc((size_t)world->size, sizeof(*names));
	unsigned count = 0;
	int rc = inputs && names ? 0 : err_nomem(err, "MPI");

	for (int rank = 0; !rc && rank < world->size; rank++) {
		if (!ranks[rank].result)
			continue;
		inputs[count] = ranks[rank];
		ranks[rank] = (struct saved){0};
		names[count] = c->names[rank];
		set_start(&inputs[count], &inputs[0]);
		count++;
	}
	if (!rc)
		rc = merge_runs(inputs, names, count, false, whole, merged, err);
	for (unsigned i = 0; i < count; i++)
		saved_free(&inputs[i]);
	free(inputs);
	free(names);
	return rc;
}

static int parse_parts(struct collected *c, const struct world *world, struct saved *ranks,
		       struct vastar_error *err)
{
	int rc = 0;

	for (int rank = 0; !rc && rank < world->size; rank++) {
		const struct part *part = &c->parts[rank];

		snprintf(c->names[rank], sizeof(c->names[rank]), "%s (rank %d)", world->hosts[rank], rank);
		if (part->json && part->length)
			rc = saved_parse(&ranks[rank], c->names[rank], part->json, part->length, err);
	}
	return rc;
}

/* The figures of this run of all ranks. */
static int add_repeat(struct collected *c, const struct world *world, struct saved *ranks,
		      struct vastar_error *err)
{
	struct saved whole;
	struct merged merged;
	struct repeat repeat;
	int rc = parse_parts(c, world, ranks, err);

	if (rc)
		return rc;
	rc = merge_ranks(c, world, ranks, &whole, &merged, err);
	if (!rc && !whole.result->facts.interrupted) {
		repeat = repeat_of(whole.result);
		if (!repeats_add(&c->repeats, &repeat))
			rc = err_nomem(err, "repeats");
	}
	saved_free(&whole);
	merged_free(&merged);
	return rc;
}

/* Adds the run to those before it, rank by rank. */
static int add_run(struct collected *c, const struct world *world, struct saved *ranks,
		   struct vastar_error *err)
{
	int rc = parse_parts(c, world, ranks, err);

	for (int rank = 0; !rc && rank < world->size; rank++) {
		struct saved *all = &c->ranks[rank];

		if (!ranks[rank].result)
			continue;
		if (ranks[rank].result->facts.late_ns > c->late_ns[rank])
			c->late_ns[rank] = ranks[rank].result->facts.late_ns;
		if (all->result) {
			rc = result_join(all->result, ranks[rank].result, JOIN_AFTER, err);
		} else {
			*all = ranks[rank];
			ranks[rank] = (struct saved){0};
		}
	}
	return rc;
}

int collect_run(struct collected *c, const struct world *world, bool several, struct vastar_error *err)
{
	struct saved *ranks = calloc((size_t)world->size, sizeof(*ranks));
	int rc = ranks ? 0 : err_nomem(err, "MPI");

	say_lost(c, world);
	if (!rc && several && !c->lost)
		rc = add_repeat(c, world, ranks, err);
	if (!rc)
		rc = add_run(c, world, ranks, err);
	for (int rank = 0; ranks && rank < world->size; rank++)
		saved_free(&ranks[rank]);
	free(ranks);
	free_parts(c, world->size);
	return rc;
}

int collect_whole(struct collected *c, const struct world *world, struct vastar_error *err)
{
	int rc = merge_ranks(c, world, c->ranks, &c->whole, &c->merged, err);

	if (rc)
		return rc;
	c->merged.together = true;
	for (unsigned i = 0; i < c->merged.host_count; i++) {
		struct host *host = &c->merged.hosts[i];

		host->clock_known = true;
		host->start_ns = c->late_ns[host->part - 1];
		host->clock_offset_s = c->offsets[host->part - 1].offset_s;
		host->clock_error_s = c->offsets[host->part - 1].error_s;
	}
	repeats_free(&c->whole.repeats);
	c->whole.repeats = c->repeats;
	c->repeats = (struct repeats){0};
	return 0;
}
