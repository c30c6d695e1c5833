/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* vastar-mpi: one benchmark by all machines on which mpirun starts it. */
#include <inttypes.h>
#include <signal.h>
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
#include "mpi/collect.h"
#include "mpi/gather.h"
#include "mpi/logs.h"
#include "mpi/world.h"
#include "report/failures.h"

enum { START_LEAD_MS = 20, FINALIZE_S = 5, CONNECT_WITHIN_MS = 4000 };

/* ---- options ---- */

static int check_options(const struct bench_options *o, struct vastar_error *err)
{
	const struct {
		bool given;
		const char *name, *why;
	} alone[] = {
	    {o->share != NULL, "--share", "mpirun numbers the parts"},
	    {o->calibration != NULL, "--calibration", "it is about one host"},
	};

	for (size_t i = 0; i < sizeof(alone) / sizeof(*alone); i++)
		if (alone[i].given)
			return err_set(err, VASTAR_E_USAGE, "%s with vastar-mpi: %s (leave it out)",
				       alone[i].name, alone[i].why);
	return 0;
}

/* A command would be taken for the URL. */
static int check_no_command(int argc, char **argv, struct vastar_error *err)
{
	for (int i = 0; argc && commands[i]; i++)
		if (commands[i]->name && !strcmp(argv[0], commands[i]->name))
			return err_set(err, VASTAR_E_USAGE,
				       "%s with vastar-mpi: it makes one benchmark, and has no commands (use "
				       "vastar %s on one machine)",
				       argv[0], argv[0]);
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

/* While it connects: a host whose connects get no response would hold up all others until --timeout. */
static int check_opening(struct vastar_run *run, uint64_t since_ns, struct vastar_error *err)
{
	struct vastar_progress now;

	if (clock_now_ns() < since_ns + CONNECT_WITHIN_MS * NS_PER_MS || signals_received())
		return 0;
	vastar_run_progress(run, &now);
	if (now.open_connections)
		return 0;
	return err_set(err, VASTAR_E_SYSTEM,
		       "no connection could be opened within %d s: the target does not respond (check the "
		       "way to the target)",
		       CONNECT_WITHIN_MS / 1000);
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
	uint64_t since = clock_now_ns();
	int rc = vastar_run_start(plan, &run, err);

	running = run;
	if (!rc && signals_received())
		vastar_run_stop(run);
	while (!rc && !run_ready(run)) {
		int flag;

		MPI_Iprobe(MPI_ANY_SOURCE, MPI_ANY_TAG, MPI_COMM_WORLD, &flag, MPI_STATUS_IGNORE);
		world_nap();
		rc = check_opening(run, since, err);
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

static int report_all(const struct world *world, const struct bench_options *o, struct wanted *wanted,
		      struct bench_outputs *outputs, struct collected *c)
{
	struct vastar_result result;
	struct vastar_error err;
	int rc = collect_whole(c, world, &err);

	if (!rc && o->settings.slo_target)
		rc = slo_targets_parse(&c->whole.plan->slo, o->settings.slo_target, &err);
	if (!rc)
		exporters_show_result(&wanted->exporters, c->whole.result);
	result = (struct vastar_result){.plan = c->whole.plan,
					.result = c->whole.result,
					.repeats = c->whole.repeats,
					.merged = &c->merged};
	if (!rc)
		rc = write_reports(o, wanted, outputs, &result, &err);
	if (rc)
		return exit_with(&err);
	return c->lost ? EXIT_FAILED : bench_status(o, &result);
}

/* ---- the ranks ---- */

/* The plan of repeat number `i`, from 0. */
static struct vastar_plan repeated(const struct vastar_plan *plan, uint32_t i)
{
	struct vastar_plan again = *plan;

	again.seed += i;
	if (i)
		again.target.dns_ns = 0; /* names are looked up once */
	return again;
}

static bool exports(const struct bench_options *o)
{
	return o->metrics_listen || o->metrics_push || o->otlp;
}

/* When a rank has died, waiting for the others is not possible. */
static _Noreturn void leave_without_them(const struct world *world, int status)
{
	gather_dismiss(world);
	fflush(NULL);
	world_nap();
	_exit(status);
}

/* What rank 0 has besides its run. */
struct leading {
	struct bench_outputs outputs;
	struct rank_log log;
	struct collected c;
	struct vastar_plan shown;  /* of the whole, for the metrics */
	struct vastar_result *own; /* owned: of all repeats */
	bool begun;		   /* the others wait for a word */
};

static int open_all(struct leading *l, const struct world *world, struct bench_options *o,
		    struct wanted *wanted, const struct vastar_plan *plan, struct vastar_error *err)
{
	int rc = bench_outputs_open(&l->outputs, &o->out, err);

	l->shown = *plan;
	l->shown.rate = plan->whole.rate;
	l->shown.connections = plan->whole.connections;
	if (!collect_init(&l->c, world->size) && !rc)
		rc = err_nomem(err, "MPI");
	if (!rc)
		rc = logs_open(&l->log, o->request_log, world->rank, err);
	if (!rc)
		rc = exporters_start(&wanted->exporters, o, &l->shown, err);
	if (!rc && wanted->exporters.live && !live_share(wanted->exporters.live, (unsigned)world->size - 1))
		rc = err_nomem(err, "metrics");
	return rc;
}

/* One run of all ranks. */
static int lead_run(struct leading *l, const struct world *world, const struct bench_options *o,
		    struct wanted *wanted, const struct vastar_plan *plan, int64_t start_at_ns,
		    struct vastar_error *err)
{
	struct vastar_result *next = NULL;
	struct vastar_run *run;
	int rc = begin(world, plan, start_at_ns, l->c.offsets, &run, err);

	if (rc)
		return rc;
	l->begun = true;
	exporters_show_run(&wanted->exporters, run, l->own ? l->own->result : NULL);
	rc = gather_parts(world, run, plan, wanted, l->c.parts, &next, err);
	running = NULL;
	if (!rc)
		rc = collect_run(&l->c, world, o->repeats > 1, err);
	if (!rc && l->own)
		return vastar_result_repeat(l->own, next, err);
	if (!l->own)
		l->own = next;
	return rc;
}

static int lead_runs(struct leading *l, const struct world *world, const struct bench_options *o,
		     struct wanted *wanted, const struct vastar_plan *plan, struct vastar_error *err)
{
	int rc = 0;

	for (uint32_t i = 0; !rc && (!i || i < o->repeats); i++) {
		struct vastar_plan once = repeated(plan, i);

		/* One that somebody interrupted is the last. */
		if (i && (l->c.lost || signals_received() || l->own->result->facts.interrupted))
			break;
		if (i)
			gather_again(world);
		rc = lead_run(l, world, o, wanted, &once, i ? 0 : o->settings.start_at_ns, err);
		if (l->own)
			l->own->plan = plan;
	}
	return rc;
}

static int lead(const struct world *world, struct bench_options *o, struct wanted *wanted,
		const struct vastar_plan *plan)
{
	struct leading l = {0};
	struct vastar_error err;
	int rc = open_all(&l, world, o, wanted, plan, &err), status;

	rc = world_agree(world, rc, &err);
	if (!rc)
		rc = lead_runs(&l, world, o, wanted, plan, &err);
	signals_disarm();
	status = rc ? exit_with(&err) : report_all(world, o, wanted, &l.outputs, &l.c);
	if (!rc && logs_write(&l.log, l.own, &err))
		status = exit_with(&err);
	if (!rc)
		exporters_linger(&wanted->exporters);
	exporters_end(&wanted->exporters);
	bench_outputs_drop(&l.outputs);
	logs_drop(&l.log);
	if (l.c.lost)
		leave_without_them(world, status);
	if (l.begun)
		gather_dismiss(world);
	vastar_result_free(l.own);
	collect_free(&l.c, world->size);
	return status;
}

/* Rank 0 has the status of the run; that of another rank is about its own file. */
static int follow(const struct world *world, const struct bench_options *o, const struct vastar_plan *plan)
{
	struct member *member = gather_join(exports(o));
	struct rank_log log;
	struct vastar_error err;
	int rc = world_agree(world, logs_open(&log, o->request_log, world->rank, &err), &err);
	int status = EXIT_OK;
	bool again = !rc;

	for (uint32_t i = 0; again; i++) {
		struct vastar_plan once = repeated(plan, i);
		struct vastar_result *result = NULL;
		struct vastar_run *run;

		if (begin(world, &once, 0, NULL, &run, &err))
			break;
		rc = gather_hand_over(member, run, &result, &err);
		running = NULL;
		if (!rc && logs_write(&log, result, &err)) {
			fprintf(stderr, "vastar: %s (rank %d): %s\n", world->hosts[world->rank], world->rank,
				err.text);
			status = EXIT_FAILED;
		}
		vastar_result_free(result);
		again = gather_await_word(member, o->metrics_linger_ns);
	}
	signals_disarm();
	logs_drop(&log);
	return status;
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
	rc = check_no_command(argc, argv, &err);
	if (!rc)
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

static volatile sig_atomic_t last_status;

static void leave_at_last(int number)
{
	(void)number;
	_exit(last_status);
}

/* All is done, but MPI waits for every rank: for ever if one has died and mpirun goes on. */
static void finalize(int status)
{
	last_status = status;
	signal(SIGALRM, leave_at_last);
	alarm(FINALIZE_S);
	MPI_Finalize();
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
	finalize(status);
	return status;
}
