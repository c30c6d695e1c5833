/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* vastar serve: options to settings of the embedded origin. */
#include "serve/serve.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "cli/commands.h"
#include "cli/exit.h"
#include "cli/options.h"
#include "cli/signals.h"

static void stop(void *fd)
{
	serve_stop(*(int *)fd);
}

/* The delay options are names for one setting, so that each has a form of its own to be typed in. */
static int set_delay(struct serve_options *o, struct vastar_error *err)
{
	const char *given[] = {o->delay, o->delay_uniform, o->delay_bimodal, o->delay_exp, o->service_time};
	const char *chosen = NULL;
	char text[80];

	for (size_t i = 0; i < sizeof(given) / sizeof(given[0]); i++) {
		if (given[i] && chosen)
			return err_set(err, VASTAR_E_USAGE,
				       "delay: given twice (one of --delay, --delay-uniform, "
				       "--delay-exp, --delay-bimodal, --service-time)");
		chosen = given[i] ? given[i] : chosen;
	}
	if (o->service_time && !o->settings.capacity)
		return err_set(err, VASTAR_E_USAGE, "--service-time: needs --capacity (or use --delay)");
	if (!chosen)
		return 0;
	snprintf(text, sizeof(text), "%s%s", chosen == o->delay_exp ? "exp:" : "", chosen);
	return serve_delay_parse(text, &o->settings.delay, err);
}

int serve_main(int argc, char **argv)
{
	struct serve_options o = {0};
	struct vastar_error err;
	int rc, stop_fd;

	serve_settings_init(&o.settings);
	rc = options_parse(&serve_command, argc, argv, &o, &o.address, &err);
	if (!rc && o.help)
		return print_help(&serve_command);
	if (!rc)
		rc = set_delay(&o, &err);
	if (rc)
		return exit_with(&err);
	if (o.address)
		o.settings.address = o.address;
	stop_fd = serve_stop_open();
	if (stop_fd < 0) {
		err_set(&err, VASTAR_E_SYSTEM, "serve: no descriptor left: %s (ulimit -n 1024)",
			strerror(errno));
		return exit_with(&err);
	}
	o.settings.stop_fd = stop_fd;
	o.settings.out = stdout;
	signals_install(stop, &stop_fd);
	rc = serve_run(&o.settings, &err);
	signals_disarm();
	close(stop_fd);
	return rc ? exit_with(&err) : EXIT_OK;
}
