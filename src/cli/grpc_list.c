/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* vastar grpc list and describe: what a server has, or .proto files. */
#include "cli/grpc_list.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "cli/commands.h"
#include "cli/common.h"
#include "cli/exit.h"
#include "cli/grpc.h"
#include "cli/grpc_schema.h"
#include "cli/help.h"
#include "cli/request.h"

bool grpc_list_wanted(int argc, char **argv)
{
	return argc && (!strcmp(argv[0], "list") || !strcmp(argv[0], "describe"));
}

/* The arguments are [NAME] [HOST:PORT]: without reflection there is no HOST:PORT. */
static int sort_arguments(struct bench_options *o, bool list, const char *given[2], const char **namep,
			  struct vastar_error *err)
{
	bool has_files = o->grpc.protos.count;
	unsigned count = given[1] ? 2 : given[0] ? 1 : 0;

	if (o->grpc.reflect && has_files)
		return err_set(
		    err, VASTAR_E_USAGE,
		    "--reflect with --proto: the types come from one of them (leave the other out)");
	o->grpc.reflect = !has_files;
	if (!has_files && !count)
		return err_set(
		    err, VASTAR_E_USAGE,
		    "HOST:PORT: missing (write vastar grpc list 127.0.0.1:50051, or add --proto FILE)");
	*namep = count > !has_files ? given[0] : NULL;
	o->url = has_files ? NULL : given[count - 1];
	if (list && *namep)
		return err_set(err, VASTAR_E_USAGE,
			       "'%.60s': list takes no name (use vastar grpc describe NAME)", *namep);
	if (has_files && count > 1)
		return err_set(err, VASTAR_E_USAGE,
			       "'%.60s': with --proto nobody is asked (leave HOST:PORT out)", given[1]);
	return 0;
}

static int say(struct bench_options *o, bool list, const char *name, struct vastar_error *err)
{
	const struct grpc_module *module = grpc_module_load(err);
	struct grpc_schema *schema;
	struct grpc_bytes text = {0};
	int rc;

	o->settings.url = o->url;
	if (!module)
		return (int)-err->status;
	schema = grpc_schema_open(module, &o->settings, &o->grpc, name, err);
	if (!schema)
		return (int)-err->status;
	rc = list ? module->list(schema, &text, err) : module->describe(schema, name, &text, err);
	if (!rc && !text.length)
		rc = err_set(err, VASTAR_E_USAGE, "there is no service");
	else if (!rc)
		fwrite(text.bytes, 1, text.length, stdout);
	free(text.bytes);
	module->free(schema);
	return rc;
}

int grpc_list(int argc, char **argv)
{
	bool list = !strcmp(argv[0], "list");
	struct command command = grpc_command;
	struct bench_options o = {.format = "text"};
	const char *given[2] = {NULL, NULL}, *name = NULL;
	struct vastar_error err;
	struct made_request request = {0};
	int rc, status;

	command.positional = "NAME HOST:PORT";
	command.positional_most = 2;
	vastar_settings_init(&o.settings);
	rc = options_parse(&command, argc - 1, argv + 1, &o, given, &err);
	if (!rc && o.help) {
		status = print_help(&grpc_command);
	} else {
		if (!rc)
			rc = sort_arguments(&o, list, given, &name, &err);
		if (!rc)
			rc = set_request(&o.settings, &o.request, &request, &err);
		if (!rc)
			rc = say(&o, list, name, &err);
		status = rc ? exit_with(&err) : exit_printed();
	}
	free_request(&o.request);
	grpc_options_free(&o.grpc);
	free(o.out.items);
	made_request_free(&request);
	return status;
}
