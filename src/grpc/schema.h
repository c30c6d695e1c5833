/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * What .proto files say: services, methods, and how JSON becomes a message. It is a module with
 * libprotobuf in it, which is C++; this is its face in C. Nothing here runs for each request: messages
 * are made before the run.  No exception leaves the module, and libprotobuf does not print: what it has
 * to say stands in *err.
 */
#ifndef VASTAR_GRPC_SCHEMA_H
#define VASTAR_GRPC_SCHEMA_H

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

#include "base/err.h"

struct grpc_schema;

struct grpc_method {
	const void *input; /* for encode() */
	bool client_streams, server_streams;
	char path[512]; /* "/package.Service/Method" */
};

struct grpc_bytes {
	char *bytes; /* owned by the caller: free() */
	size_t length;
};

struct grpc_module {
	const char *version; /* of vastar */

	/* Reads .proto files, with all that they import; `folders` are searched in their order, then the
	 * folder of each file. NULL: *err says why not. */
	struct grpc_schema *(*read)(const char *const *files, size_t file_count, const char *const *folders,
				    size_t folder_count, struct vastar_error *err);
	void (*free)(struct grpc_schema *schema); /* NULL is allowed */

	/* Finds "package.Service/Method", or with a dot in place of the slash. */
	int (*find)(struct grpc_schema *schema, const char *call, struct grpc_method *method,
		    struct vastar_error *err);

	/* Makes one message of JSON. */
	int (*encode)(struct grpc_schema *schema, const struct grpc_method *method, const char *json,
		      size_t length, struct grpc_bytes *message, struct vastar_error *err);
};

/* What is loaded. */
extern const struct grpc_module vastar_grpc_module;

/* Loads it once; any thread may ask. NULL: *err says why not. */
const struct grpc_module *grpc_module_load(struct vastar_error *err);

#ifdef __cplusplus
}
#endif

#endif
