/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* vastar-mpi: one benchmark by all machines on which mpirun starts it. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "cli/bench_output.h"
#include "cli/bench_setup.h"
#include "cli/commands.h"
#include "cli/exit.h"
#include "cli/signals.h"
#include "engine/run.h"
#include "mpi/clocks.h"
#include "mpi/gather.h"
#include "mpi/world.h"
#include "report/failures.h"
#include "report/saved/merge.h"

enum { READY_CHECK_MS = 1, START_LEAD_MS = 20, NAME_MAX_LENGTH = HOST_NAME_SIZE + 24 };

/* ---- options ---- */

static int check_options(const struct bench_options *o, struct vastar_error *err)
{
	const struct {
		bool given;
		const char *name, *why;
	} alone[] = {
	    {o->share != NULL, "--share", "mpirun numbers the parts"},
	    {o->repeats > 1, "--repeats", "the parts begin together only once"},
	    {o->request_log != NULL, "--request-log", "each machine would write its own"},
	    {o->calibration != NULL, "--calibration", "it is about one host"},
	    {o->metrics_listen != NULL, "--metrics-listen", "it would show one machine"},
	    {o->metrics_push != NULL, "--metrics-push", "it would show one machine"},
	    {o->otlp != NULL, "--otlp", "it would show one machine"},
	};

	for (size_t i = 0; i < sizeof(alone) / sizeof(*alone); i++)
		if (alone[i].given)
			return err_set(err, VASTAR_E_USAGE, "%s with vastar-mpi: %s (leave it out)",
				       alone[i].name, alone[i].why);
	return 0;
}

/* All ranks use the same random values. */
static void share_choices(struct bench_options *o, char run_id[RUN_ID_MAX])
{
	MPI_Bcast(&o->settings.seed, 1, MPI_UINT64_T, 0, MPI_COMM_WORLD);
	MPI_Bcast(run_id, RUN_ID_MAX, MPI_CHAR, 0, MPI_COMM_WORLD);
	o->random_seed = 0;
}

static int make_plan(const struct world *world, struct bench_options *o, struct wanted *wanted,
		     struct vastar_plan **planp, struct vastar_error *err)
{
	int rc = check_options(o, err);

	if (!o->color) /* the terminal is mpirun's */
		o->color = "never";
	o->settings.share_index = (uint32_t)world->rank + 1;
	o->settings.share_count = (uint32_t)world->size;
	if (!rc)
		rc = bench_plan(o, wanted, planp, err);
	if (!rc)
		(*planp)->held = true;
	return rc;
}

/* ---- the start ---- */

static struct vastar_run *volatile running;

static void stop(void *context)
{
	struct vastar_run *run = running;

	(void)context;
	if (run)
		vastar_run_stop(run);
}

/* The requested start, or soon. By the clock of rank 0. */
static uint64_t choose_start(const struct world *world, int64_t start_at_ns)
{
	uint64_t now = world_clock_ns(world), soon = now + START_LEAD_MS * NS_PER_MS;
	struct timespec wall;
	int64_t wait;

	if (!start_at_ns)
		return soon;
	clock_gettime(CLOCK_REALTIME, &wall);
	wait = start_at_ns - ((int64_t)wall.tv_sec * (int64_t)NS_PER_S + wall.tv_nsec);
	return wait > (int64_t)(soon - now) ? now + (uint64_t)wait : soon;
}

/* All are connected: agrees when to begin. */
static void start_together(const struct world *world, struct vastar_run *run, int64_t start_at_ns,
			   struct offset *offsets)
{
	uint64_t start = 0;

	clocks_measure(world, offsets);
	if (!world->rank)
		start = choose_start(world, start_at_ns);
	run_go(run, clocks_translate(world, start, offsets));
}

/* If a host cannot reach the target, the run would be that of the others alone. */
static int check_opened(struct vastar_run *run, struct vastar_error *err)
{
	char why[160];

	if (run_opened(run, why, sizeof(why)) || signals_received())
		return 0;
	return err_set(err, VASTAR_E_SYSTEM,
		       "no connection could be opened%s%s (check the way to the target)", *why ? ": " : "",
		       why);
}

/* Starts the run and waits for its connections; then all begin, or none. */
static int begin(const struct world *world, const struct vastar_plan *plan, int64_t start_at_ns,
		 struct offset *offsets, struct vastar_run **runp, struct vastar_error *err)
{
	struct vastar_run *run = NULL;
	int rc = vastar_run_start(plan, &run, err);

	running = run;
	if (!rc && signals_received())
		vastar_run_stop(run);
	while (!rc && !run_ready(run)) {
		int flag;

		MPI_Iprobe(MPI_ANY_SOURCE, MPI_ANY_TAG, MPI_COMM_WORLD, &flag, MPI_STATUS_IGNORE);
		world_nap();
	}
	if (!rc)
		rc = check_opened(run, err);
	if (world_agree(world, rc, err)) {
		running = NULL;
		if (run) {
			struct vastar_result *none;
			struct vastar_error unsaid;

			vastar_run_stop(run);
			run_go(run, 0);
			if (!vastar_run_finish(run, &none, &unsaid))
				vastar_result_free(none);
		}
		return -VASTAR_E_SYSTEM;
	}
	start_together(world, run, start_at_ns, offsets);
	*runp = run;
	return 0;
}

/* ---- the report ---- */

struct collected {
	struct part *parts;	/* [size] */
	uint64_t *late_ns;	/* [size]: how late each rank began */
	struct offset *offsets; /* [size] */
	struct saved *inputs;	/* [size] */
	const char **names;	/* [size] */
	char (*texts)[NAME_MAX_LENGTH];
	struct saved whole;
	struct merged merged;
};

static bool collected_init(struct collected *c, int size)
{
	size_t count = (size_t)size;

	*c = (struct collected){.parts = calloc(count, sizeof(*c->parts)),
				.late_ns = calloc(count, sizeof(*c->late_ns)),
				.offsets = calloc(count, sizeof(*c->offsets)),
				.inputs = calloc(count, sizeof(*c->inputs)),
				.names = calloc(count, sizeof(*c->names)),
				.texts = calloc(count, sizeof(*c->texts))};
	return c->parts && c->late_ns && c->offsets && c->inputs && c->names && c->texts;
}

static void collected_free(struct collected *c, int size)
{
	for (int i = 0; i < size; i++) {
		if (c->parts)
			free(c->parts[i].json);
		if (c->inputs)
			saved_free(&c->inputs[i]);
	}
	saved_free(&c->whole);
	merged_free(&c->merged);
	free(c->parts);
	free(c->late_ns);
	free(c->offsets);
	free(c->inputs);
	free(c->names);
	free(c->texts);
}

/* The ranks were to begin at one instant; how late each was is in its report. The dates are those of rank
 * 0, since the wall clocks may differ. */
static void set_start(struct saved *input, const struct saved *first)
{
	input->result->facts.started_at_s = first->result->facts.started_at_s;
	input->result->facts.started_at_ms = first->result->facts.started_at_ms;
}

static void add_clocks(struct merged *merged, const struct offset *offsets, const uint64_t *late_ns)
{
	for (unsigned i = 0; i < merged->host_count; i++) {
		struct host *host = &merged->hosts[i];

		host->clock_known = true;
		host->start_ns = late_ns[host->part - 1];
		host->clock_offset_s = offsets[host->part - 1].offset_s;
		host->clock_error_s = offsets[host->part - 1].error_s;
	}
}

static int merge_parts(const struct world *world, struct collected *c, struct vastar_error *err)
{
	unsigned count = 0;
	int rc = 0;

	for (int rank = 0; !rc && rank < world->size; rank++) {
		const struct part *part = &c->parts[rank];

		if (!part->json || !part->length)
			continue;
		snprintf(c->texts[count], NAME_MAX_LENGTH, "%s (rank %d)", world->hosts[rank], rank);
		c->names[count] = c->texts[count];
		rc = saved_parse(&c->inputs[count], c->names[count], part->json, part->length, err);
		if (!rc) {
			c->late_ns[rank] = c->inputs[count].result->facts.late_ns;
			set_start(&c->inputs[count], &c->inputs[0]);
			count++;
		}
	}
	if (!rc)
		rc = merge_runs(c->inputs, c->names, count, false, &c->whole, &c->merged, err);
	if (!rc) {
		c->merged.together = true;
		add_clocks(&c->merged, c->offsets, c->late_ns);
	}
	return rc;
}

/* Names those that are lost. Returns how many there are. */
static int say_lost(const struct world *world, const struct part *parts)
{
	int lost = 0;

	for (int rank = 0; rank < world->size; rank++) {
		if (!parts[rank].lost && parts[rank].length)
			continue;
		lost++;
		fprintf(stderr,
			"vastar: %s (rank %d): it has died or cannot be reached (the report is that of the "
			"others)\n",
			world->hosts[rank], rank);
	}
	return lost;
}

static int write_reports(const struct bench_options *o, const struct wanted *wanted,
			 struct bench_outputs *outputs, const struct vastar_result *result,
			 struct vastar_error *err)
{
	struct vastar_error of_stdout;
	int rc = bench_outputs_write(outputs, result, &wanted->options, err);
	int printed = vastar_result_write(result, o->format, &wanted->options, stdout, &of_stdout);

	if (!rc && printed)
		*err = of_stdout;
	return rc ? rc : printed;
}

static int report_all(const struct world *world, const struct bench_options *o, const struct wanted *wanted,
		      struct bench_outputs *outputs, struct collected *c, int *lostp)
{
	struct vastar_result result;
	struct vastar_error err;
	int rc = merge_parts(world, c, &err);

	*lostp = say_lost(world, c->parts);
	if (!rc && o->settings.slo_target)
		rc = slo_targets_parse(&c->whole.plan->slo, o->settings.slo_target, &err);
	result = (struct vastar_result){.plan = c->whole.plan,
					.result = c->whole.result,
					.repeats = c->whole.repeats,
					.merged = &c->merged};
	if (!rc)
		rc = write_reports(o, wanted, outputs, &result, &err);
	if (rc)
		return exit_with(&err);
	return *lostp ? EXIT_FAILED : bench_status(o, &result);
}

/* ---- the ranks ---- */

/* When a rank has died, waiting for the others is not possible. */
static _Noreturn void leave_without_them(const struct world *world, int status)
{
	gather_dismiss(world);
	fflush(NULL);
	world_nap();
	_exit(status);
}

static int lead(const struct world *world, struct bench_options *o, struct wanted *wanted,
		const struct vastar_plan *plan)
{
	struct bench_outputs outputs;
	struct collected c;
	struct vastar_run *run;
	struct vastar_error err;
	int rc = bench_outputs_open(&outputs, &o->out, &err), status = EXIT_FAILED, lost = 0;

	if (!collected_init(&c, world->size) && !rc)
		rc = err_nomem(&err, "MPI");
	rc = world_agree(world, rc, &err);
	if (!rc)
		rc = begin(world, plan, o->settings.start_at_ns, c.offsets, &run, &err);
	if (!rc) {
		rc = gather_parts(world, run, plan, wanted->progress, c.parts, &err);
		signals_disarm();
		status = rc ? exit_with(&err) : report_all(world, o, wanted, &outputs, &c, &lost);
		bench_outputs_drop(&outputs);
		if (lost)
			leave_without_them(world, status);
		gather_dismiss(world);
	} else {
		status = exit_with(&err);
		bench_outputs_drop(&outputs);
	}
	collected_free(&c, world->size);
	return status;
}

static int follow(const struct world *world, const struct bench_options *o, const struct vastar_plan *plan)
{
	struct vastar_run *run;
	struct vastar_error err;
	int rc = world_agree(world, 0, &err);

	if (!rc)
		rc = begin(world, plan, 0, NULL, &run, &err);
	if (!rc)
		gather_hand_over(world, run, &err);
	(void)o;
	return EXIT_OK; /* rank 0 has the status */
}

static int run_all(const struct world *world, int argc, char **argv)
{
	struct bench_options o;
	struct wanted wanted = {0};
	struct vastar_plan *plan = NULL;
	struct vastar_error err;
	char run_id[RUN_ID_MAX];
	int rc, status = EXIT_OK;

	bench_defaults(&o, run_id);
	rc = options_parse(&bench_command, argc, argv, &o, &o.url, &err);
	share_choices(&o, run_id);
	if (!rc && (o.help || o.version))
		rc = err_set(&err, VASTAR_E_USAGE,
			     "--help and --version: of vastar-mpi by itself, without mpirun");
	if (!rc)
		rc = make_plan(world, &o, &wanted, &plan, &err);
	signals_install(stop, NULL);
	rc = world_agree(world, rc, &err);
	if (rc && !world->rank)
		status = exit_with(&err);
	else if (!rc)
		status = world->rank ? follow(world, &o, plan) : lead(world, &o, &wanted, plan);
	vastar_plan_free(plan);
	bench_free(&o, &wanted);
	return status;
}

int main(int argc, char **argv)
{
	struct world world;
	struct vastar_error err;
	int level, rc, status;

	signals_ignore_broken_output();
	if (MPI_Init_thread(&argc, &argv, MPI_THREAD_FUNNELED, &level) != MPI_SUCCESS)
		return EXIT_FAILED;
	rc = world_open(&world, &err);
	if (world.size == 1)
		status = rc ? exit_with(&err) : bench_main(argc - 1, argv + 1);
	else if (rc)
		status = world.rank ? EXIT_OK : exit_with(&err);
	else
		status = run_all(&world, argc - 1, argv + 1);
	world_close(&world);
	MPI_Finalize();
	return status;
}
