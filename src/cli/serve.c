/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* vastar serve: options to settings of the embedded server. */
#include "serve/serve.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/cpus.h"
#include "base/err.h"
#include "cli/commands.h"
#include "cli/common.h"
#include "cli/exit.h"
#include "cli/help.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/signals.h"
#include "serve/http2.h"

enum { CHUNK_BYTES = 64 }; /* unless --chunk-size says otherwise */

static void stop(void *fd)
{
	serve_stop(*(int *)fd);
}

/* Each way to delay has an option and a form of its own; they all fill in one setting. */
struct delay_option {
	const char *name, *value, *form;
	enum serve_delay_kind kind;
};

static int set_one_delay(struct serve_options *o, const struct delay_option *option, struct vastar_error *err)
{
	char text[80];
	int rc;

	snprintf(text, sizeof(text), "%s%s", option->kind == SERVE_DELAY_EXPONENTIAL ? "exp:" : "",
		 option->value);
	rc = serve_delay_parse(text, &o->settings.delay, err);
	if (rc || (o->settings.delay.kind != option->kind && o->settings.delay.kind != SERVE_DELAY_NONE))
		return err_set(err, VASTAR_E_USAGE, "%s '%.60s': not valid (for example %s)", option->name,
			       option->value, option->form);
	return 0;
}

static int set_delay(struct serve_options *o, struct vastar_error *err)
{
	const struct delay_option options[] = {
	    {"--delay", o->delay, "20ms", SERVE_DELAY_FIXED},
	    {"--delay-uniform", o->delay_uniform, "10ms..30ms", SERVE_DELAY_UNIFORM},
	    {"--delay-bimodal", o->delay_bimodal, "5ms,100ms:0.1", SERVE_DELAY_BIMODAL},
	    {"--delay-exp", o->delay_exp, "20ms", SERVE_DELAY_EXPONENTIAL},
	    {"--service-time", o->service_time, "20ms", SERVE_DELAY_FIXED},
	};
	const struct delay_option *chosen = NULL;

	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
		if (options[i].value && chosen)
			return err_set(err, VASTAR_E_USAGE,
				       "%s and %s: both set the delay (leave one of them out)", chosen->name,
				       options[i].name);
		chosen = options[i].value ? &options[i] : chosen;
	}
	if (o->service_time && !o->settings.capacity)
		return err_set(err, VASTAR_E_USAGE, "--service-time: needs --capacity (or use --delay)");
	if (o->settings.capacity && !chosen)
		return err_set(err, VASTAR_E_USAGE,
			       "--capacity: needs --service-time, how long each request takes (or a delay)");
	return chosen ? set_one_delay(o, chosen, err) : 0;
}

static int set_stream(struct serve_options *o, struct vastar_error *err)
{
	const char *needs = o->settings.sse		? "--sse"
			    : o->settings.stream_bytes	? "--chunk-size"
			    : o->settings.stream_gap_ns ? "--chunk-gap"
							: NULL;

	if (needs && !o->settings.stream_chunks)
		return err_set(err, VASTAR_E_USAGE, "%s: needs --chunks, the number of chunks in a response",
			       needs);
	if (o->settings.stream_chunks && !o->settings.stream_bytes)
		o->settings.stream_bytes = CHUNK_BYTES;
	return 0;
}

/* The other half of the processors is for the client. One queue needs one worker, and so does a reproducible
 * sequence of random numbers. */
static unsigned default_workers(const struct serve_settings *settings)
{
	bool random = settings->delay.kind > SERVE_DELAY_FIXED || settings->fault_share > 0;

	return settings->capacity || random || cpus_usable() < 4 ? 1 : cpus_usable() / 2;
}

/* The file is complete before the address is printed. */
static int keep_certificate(void *context, const char *pem, size_t length, struct vastar_error *err)
{
	struct output *file = context;

	if (!file->file)
		return 0;
	fwrite(pem, 1, length, file->file);
	return output_keep(file, err);
}

static int serve_until_signal(struct serve_options *o, struct vastar_error *err)
{
	struct output log, certificate = {0};
	int rc, stop_fd;

	rc = output_open(&log, "--request-log", o->request_log, err);
	if (!rc)
		rc = output_open(&certificate, "--cert-out", o->settings.tls_cert_out, err);
	stop_fd = rc ? -1 : serve_stop_open();
	if (!rc && stop_fd < 0)
		rc = err_set(err, VASTAR_E_SYSTEM, "serve: no descriptor left: %s (ulimit -n 1024)",
			     strerror(errno));
	if (!rc) {
		o->settings.stop_fd = stop_fd;
		o->settings.out = stdout;
		o->settings.request_log = log.file;
		o->settings.on_certificate = keep_certificate;
		o->settings.context = &certificate;
		signals_install(stop, &stop_fd);
		rc = serve_run(&o->settings, err);
		rc = rc ? rc : output_keep(&log, err);
		signals_disarm();
		close(stop_fd);
	}
	output_drop(&certificate);
	output_drop(&log);
	return rc;
}

static int set_http2(struct serve_options *o, struct vastar_error *err)
{
	int code;

	if (!o->h2_reset_code)
		return 0;
	if (!o->settings.http2)
		return err_set(err, VASTAR_E_USAGE, "--h2-reset-code: needs --http2");
	code = http2_code(o->h2_reset_code);
	if (code < 0)
		return err_set(err, VASTAR_E_USAGE,
			       "--h2-reset-code '%.40s': not a code of RFC 9113 (for example INTERNAL_ERROR, "
			       "REFUSED_STREAM, CANCEL or ENHANCE_YOUR_CALM)",
			       o->h2_reset_code);
	o->settings.h2_reset_code = (uint32_t)code;
	return 0;
}

int serve_main(int argc, char **argv)
{
	struct serve_options o = {0};
	struct vastar_error err;
	int rc;

	serve_settings_init(&o.settings);
	o.settings.workers = 0;
	rc = options_parse(&serve_command, argc, argv, &o, &o.address, &err);
	if (!rc && o.help)
		return print_help(&serve_command);
	if (!rc)
		rc = set_delay(&o, &err);
	if (!rc)
		rc = set_stream(&o, &err);
	if (!rc)
		rc = set_http2(&o, &err);
	if (!rc)
		rc = set_request_log(o.request_log, &o.settings.request_log_max, &err);
	if (o.address)
		o.settings.address = o.address;
	if (!o.settings.workers)
		o.settings.workers = default_workers(&o.settings);
	if (!rc)
		rc = serve_until_signal(&o, &err);
	return rc ? exit_with(&err) : EXIT_OK;
}
