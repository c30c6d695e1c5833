/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Where the types of a gRPC call come from: .proto files, or the server itself (reflection). */
#ifndef VASTAR_CLI_GRPC_SCHEMA_H
#define VASTAR_CLI_GRPC_SCHEMA_H

#include "cli/options.h"
#include "grpc/schema.h"

/* With `symbol`, the name of a service, method or message; NULL: with all services. The module is loaded.
 * NULL: *err says why not. */
struct grpc_schema *grpc_schema_open(const struct grpc_module *module, const struct vastar_settings *settings,
				     const struct grpc_options *o, const char *symbol,
				     struct vastar_error *err);

/* The URL of a path at the settings' HOST:PORT, with or without a scheme, or unix:PATH, which goes to
 * *unix_pathp. The caller frees it. NULL: *err says why not. */
char *grpc_url(const char *host, const char *path, const char **unix_pathp, struct vastar_error *err);

#endif
