/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "cli/grpc.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "cli/common.h"
#include "cli/grpc_messages.h"
#include "cli/grpc_schema.h"

/* ---- messages ---- */

/* Converts JSON to messages. */
struct encoder {
	const struct grpc_module *module;
	struct grpc_schema *schema;
	const struct grpc_method *method;
};

static int add_json(const struct encoder *encoder, const struct json_text *json,
		    struct grpc_messages *messages, struct vastar_error *err)
{
	struct grpc_bytes message = {0};
	int rc =
	    encoder->module->encode(encoder->schema, encoder->method, json->at, json->length, &message, err);

	if (!rc)
		rc = grpc_messages_add(messages, message.bytes, message.length, err);
	free(message.bytes);
	return rc;
}

/* A stream of messages: consecutive documents, each a message or an array of messages. */
static int add_stream(const struct encoder *encoder, struct json_text text, struct grpc_messages *messages,
		      struct vastar_error *err)
{
	struct json_text document, element;
	int rc = 0;

	while (!rc && json_next(&text, &document)) {
		if (!json_open_array(&document)) {
			rc = add_json(encoder, &document, messages, err);
			continue;
		}
		while (!rc && json_next_element(&document, &element))
			rc = add_json(encoder, &element, messages, err);
	}
	return rc;
}

static int add_text(const struct encoder *encoder, struct json_text text, struct grpc_messages *messages,
		    struct vastar_error *err)
{
	struct json_text document = {"{}", 2}, second;

	if (encoder->method->client_streams)
		return add_stream(encoder, text, messages, err);
	json_next(&text, &document);
	if (json_next(&text, &second))
		return err_set(err, VASTAR_E_USAGE,
			       "message (-d): %.200s takes one, and here are several (give one)",
			       encoder->method->path);
	return add_json(encoder, &document, messages, err);
}

/* `text` is JSON, @FILE or @-. */
static int add_data(const struct encoder *encoder, struct json_text text, struct grpc_messages *messages,
		    struct vastar_error *err)
{
	char *owned = NULL;
	int rc = 0;

	if (text.length && *text.at == '@') {
		rc = read_input("-d", text.at + 1, &owned, &text.length, err);
		text.at = owned;
	}
	if (!rc)
		rc = add_text(encoder, text, messages, err);
	free(owned);
	return rc;
}

static int add_raw(const struct grpc_options *o, struct grpc_messages *messages, struct vastar_error *err)
{
	int rc = 0;

	for (size_t i = 0; !rc && i < o->raw.count; i++) {
		char *bytes = NULL;
		size_t length = 0;

		rc = read_input("--raw", o->raw.items[i], &bytes, &length, err);
		if (!rc)
			rc = grpc_messages_add(messages, bytes, length, err);
		free(bytes);
	}
	return rc;
}

/* ---- the method ---- */

/* A name without a .proto file: used as given, with one slash. */
static int method_by_name(const char *call, struct grpc_method *method, struct vastar_error *err)
{
	const char *slash = strchr(call, '/');
	size_t length = strspn(call, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./-");

	if (call[length] || length + 2 > sizeof(method->path) || !slash || slash == call || !slash[1] ||
	    strchr(slash + 1, '/'))
		return err_set(err, VASTAR_E_USAGE,
			       "--call '%.100s': not a method (write pkg.Service/Method)", call);
	/* The number of messages in each direction is unknown. */
	*method = (struct grpc_method){.client_streams = true, .server_streams = true};
	snprintf(method->path, sizeof(method->path), "/%s", call);
	return 0;
}

static int with_schema(const struct vastar_settings *settings, const struct grpc_options *o,
		       struct grpc_method *method, struct grpc_messages *messages, struct vastar_error *err)
{
	const struct grpc_module *module = grpc_module_load(err);
	struct encoder encoder = {.module = module, .method = method};
	int rc = 0;

	if (!module)
		return (int)-err->status;
	encoder.schema = grpc_schema_open(module, settings, o, o->call, err);
	if (!encoder.schema)
		return (int)-err->status;
	rc = module->find(encoder.schema, o->call, method, err);
	if (!rc)
		rc = o->raw.count
			 ? add_raw(o, messages, err)
			 : add_data(&encoder, (struct json_text){settings->body, settings->body_length},
				    messages, err);
	module->free(encoder.schema);
	return rc;
}

static int check(const struct vastar_settings *settings, const struct grpc_options *o,
		 struct vastar_error *err)
{
	if (!o->call)
		return err_set(err, VASTAR_E_USAGE, "--call: missing (write --call pkg.Service/Method)");
	if (o->raw.count && settings->body)
		return err_set(err, VASTAR_E_USAGE,
			       "-d with --raw: both are the message (leave one of them out)");
	if (o->reflect && o->protos.count)
		return err_set(
		    err, VASTAR_E_USAGE,
		    "--reflect with --proto: the types come from one of them (leave the other out)");
	if (!o->raw.count && !o->protos.count && !o->reflect)
		return err_set(err, VASTAR_E_USAGE,
			       "--proto: missing (give the .proto file of the service; or --reflect, to ask "
			       "the server; or the "
			       "bytes of the message with --raw)");
	return 0;
}

int grpc_set_request(struct vastar_settings *settings, const struct grpc_options *o, struct grpc_made *made,
		     struct vastar_error *err)
{
	struct grpc_messages messages = {0};
	struct grpc_method method;
	int rc = check(settings, o, err);

	if (!rc && (o->protos.count || o->reflect)) {
		rc = with_schema(settings, o, &method, &messages, err);
	} else if (!rc) {
		rc = method_by_name(o->call, &method, err);
		if (!rc)
			rc = add_raw(o, &messages, err);
	}
	if (!rc && (o->stream_messages || settings->grpc_gap_ns) && !method.client_streams)
		rc = err_set(err, VASTAR_E_USAGE,
			     "--stream-messages and --stream-gap: %.200s takes one message (leave them out)",
			     method.path);
	if (!rc && o->stream_messages)
		rc = grpc_messages_cycle(&messages, o->stream_messages, err);
	made->body = messages.bytes;
	if (!rc)
		made->url = grpc_url(settings->url, method.path, &settings->unix_path, err);
	if (rc || !made->url)
		return (int)-err->status;
	settings->url = made->url;
	settings->grpc = settings->http2 = true;
	settings->grpc_one_message = !method.server_streams;
	settings->body = messages.bytes;
	settings->body_length = messages.length;
	return 0;
}

void grpc_made_free(struct grpc_made *made)
{
	free(made->url);
	free(made->body);
}

void grpc_options_free(struct grpc_options *o)
{
	free(o->protos.items);
	free(o->folders.items);
	free(o->raw.items);
}
