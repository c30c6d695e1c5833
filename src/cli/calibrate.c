/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* vastar calibrate: options to settings, settings to the ceiling of this host, ceiling to report and exit
 * status. */
#include "calibrate/calibrate.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/cpus.h"
#include "base/err.h"
#include "cli/commands.h"
#include "cli/exit.h"
#include "cli/help.h"
#include "cli/options.h"
#include "cli/signals.h"
#include "sweep/levels.h"

/* From no queue to more sockets than any cache holds. */
static const char LEVELS[] = "1,10,50,500";
enum {
	REPEATS = 3,
	LEVEL_MOST = 500,
	/* Many processors need more than that: with fewer connections for each, workers have nothing to do
	 * while responses are in flight. */
	CONNECTIONS_PER_CPU = 64,
};

static bool stop_asked;

static void stop(void *context)
{
	(void)context;
	__atomic_store_n(&stop_asked, true, __ATOMIC_RELAXED);
}

static void show_run(void *context, uint32_t run, uint32_t runs)
{
	(void)context;
	fprintf(stderr, "\r\x1b[Kvastar calibrate: run %u of %u", run, runs);
	fflush(stderr);
}

static int make_settings(const struct calibrate_options *o, struct levels *levels,
			 struct calibrate_settings *settings, struct vastar_error *err)
{
	int rc = levels_parse(levels, o->conc, PLAN_CONNECTIONS_MAX, err);

	if (rc)
		return rc;
	if (levels->automatic)
		return err_set(err, VASTAR_E_USAGE, "--conc auto: not for calibrate (for example --conc %s)",
			       LEVELS);
	if (strcmp(o->format, "text") && strcmp(o->format, "json"))
		return err_set(err, VASTAR_E_USAGE,
			       "output format '%.40s': not known (use -o text or -o json)", o->format);
	*settings = (struct calibrate_settings){
	    .workers = o->workers,
	    .conc = levels->c,
	    .conc_count = levels->count,
	    .duration_ns = o->duration_ns,
	    .repeats = o->repeats,
	    .stop = &stop_asked,
	    .on_run = !o->no_progress && isatty(STDERR_FILENO) ? show_run : NULL,
	};
	return 0;
}

static int write_report(const struct ceiling *ceiling, const char *format, struct vastar_error *err)
{
	if (!ceiling->count) /* it was stopped before the first row */
		return 0;
	return strcmp(format, "json") ? ceiling_write_text(ceiling, stdout, err)
				      : ceiling_write_json(ceiling, stdout, err);
}

static int run(const struct calibrate_options *o, struct vastar_error *err)
{
	struct calibrate_settings settings;
	struct levels levels;
	struct ceiling ceiling = {0};
	int rc = make_settings(o, &levels, &settings, err), status;

	if (!rc) {
		signals_install(stop, NULL);
		rc = calibrate(&settings, &ceiling, err);
		signals_disarm();
		if (settings.on_run)
			fputs("\r\x1b[K", stderr);
	}
	if (!rc)
		rc = write_report(&ceiling, o->format, err);
	status = rc ? exit_with(err) : signals_received() ? EXIT_SIGNAL + signals_received() : EXIT_OK;
	ceiling_free(&ceiling);
	return status;
}

int calibrate_main(int argc, char **argv)
{
	struct calibrate_options o = {.format = "text", .duration_ns = NS_PER_S, .repeats = REPEATS};
	uint32_t most = CONNECTIONS_PER_CPU * cpus_usable();
	struct vastar_error err;
	char levels[64];

	snprintf(levels, sizeof(levels), most > LEVEL_MOST ? "%s,%u" : "%s", LEVELS,
		 most < PLAN_CONNECTIONS_MAX ? most : PLAN_CONNECTIONS_MAX);
	o.conc = levels;

	if (options_parse(&calibrate_command, argc, argv, &o, NULL, &err))
		return exit_with(&err);
	return o.help ? print_help(&calibrate_command) : run(&o, &err);
}
