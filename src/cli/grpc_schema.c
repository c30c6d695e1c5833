/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "cli/grpc_schema.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "cli/grpc_messages.h"
#include "engine/ask.h"
#include "stats/calls.h"

char *grpc_url(const char *host, const char *path, const char **unix_pathp, struct vastar_error *err)
{
	const char *given = host, *scheme = strstr(host, "://"), *slash;
	char *url;

	if (!strncmp(host, "unix:", 5)) {
		*unix_pathp = host + 5;
		host = "http://localhost";
		scheme = host + 4;
	}
	slash = strchr(scheme ? scheme + 3 : host, '/');
	if ((slash && slash[1]) || strpbrk(host, "?#")) {
		err_set(err, VASTAR_E_USAGE,
			"'%.100s': the path is that of the method (write HOST:PORT alone, and --call)",
			given);
		return NULL;
	}
	if (asprintf(&url, "%.*s%s", slash ? (int)(slash - host) : (int)strlen(host), host, path) < 0) {
		err_nomem(err, "URL");
		return NULL;
	}
	return url;
}

/* ---- reflection ---- */

/* Target, TLS and metadata of the run, without its load. */
static struct vastar_settings without_load(const struct vastar_settings *of)
{
	struct vastar_settings settings = *of;

	settings.grpc = settings.http2 = true;
	settings.concurrency = settings.streams = 1;
	settings.workers = settings.in_flight = 0;
	settings.requests = settings.duration_ns = settings.warmup_ns = settings.max_duration_ns = 0;
	settings.rate = settings.connection_rate = 0;
	settings.stages = settings.ramp = settings.burst = settings.arrivals = settings.until = NULL;
	settings.slo_target = NULL;
	settings.request_log_max = settings.grpc_gap_ns = 0;
	settings.share_index = settings.share_count = 0;
	settings.start_at_ns = 0;
	return settings;
}

/* The message of a response that must have one. */
static int take_message(const struct answer *answer, struct grpc_bytes *response, struct vastar_error *err)
{
	if (answer->status == GRPC_UNIMPLEMENTED)
		return GRPC_ASK_UNIMPLEMENTED;
	if (answer->status != GRPC_OK)
		return err_set(err, VASTAR_E_SYSTEM, "reflection: the server's status is %s%s%.150s",
			       call_status_names[answer->status], *answer->text ? ": " : "", answer->text);
	if (answer->length < GRPC_PREFIX)
		return err_set(err, VASTAR_E_SYSTEM, "reflection: the server's response has no message");
	response->length = answer->length - GRPC_PREFIX;
	response->bytes = malloc(response->length + 1);
	if (!response->bytes)
		return err_nomem(err, "response");
	memcpy(response->bytes, answer->bytes + GRPC_PREFIX, response->length);
	return 0;
}

/* As in grpc/schema.h; the context is the settings of the run. */
static int ask_server(void *context, bool v1alpha, const char *message, size_t length,
		      struct grpc_bytes *response, struct vastar_error *err)
{
	struct vastar_settings settings = without_load(context);
	const char *path = v1alpha ? "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo"
				   : "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo";
	char *url = grpc_url(settings.url, path, &settings.unix_path, err);
	struct grpc_messages body = {0};
	struct vastar_plan *plan = NULL;
	struct answer answer = {0};
	int rc = url ? grpc_messages_add(&body, message, length, err) : (int)-err->status;

	settings.url = url;
	settings.body = body.bytes;
	settings.body_length = body.length;
	if (!rc)
		rc = vastar_plan_new(&settings, &plan, err);
	if (!rc)
		rc = ask(plan, &answer, err);
	if (!rc)
		rc = take_message(&answer, response, err);
	free(answer.bytes);
	vastar_plan_free(plan);
	free(body.bytes);
	free(url);
	return rc;
}

struct grpc_schema *grpc_schema_open(const struct grpc_module *module, const struct vastar_settings *settings,
				     const struct grpc_options *o, const char *symbol,
				     struct vastar_error *err)
{
	struct vastar_settings target = *settings;

	if (o->reflect)
		return module->reflect(ask_server, &target, symbol, err);
	return module->read(o->protos.items, o->protos.count, o->folders.items, o->folders.count, err);
}
