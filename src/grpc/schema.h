/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The contents of .proto files: services, methods, and how JSON becomes a message. It is a module with
 * libprotobuf, which is C++; this is its C interface. Nothing here runs for each request: messages are made
 * before the run. No exception leaves the module. libprotobuf prints nothing: its messages are in *err. */
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

/* Sends a message to the server's reflection service, of version v1 or v1alpha, and takes its response: one
 * message. Returns 0, GRPC_ASK_UNIMPLEMENTED, or a negative status with a sentence in *err. */
typedef int grpc_ask(void *context, bool v1alpha, const char *message, size_t length,
		     struct grpc_bytes *response, struct vastar_error *err);
enum { GRPC_ASK_UNIMPLEMENTED = 1 };

struct grpc_module {
	const char *version; /* of vastar */

	/* Reads .proto files and their imports. `folders` are searched in order, then the folder of each
	 * file. NULL: failed, as *err says. */
	struct grpc_schema *(*read)(const char *const *files, size_t file_count, const char *const *folders,
				    size_t folder_count, struct vastar_error *err);
	/* The same by reflection: with the file that has `symbol`, a service, method or message; NULL: with
	 * those of all services. */
	struct grpc_schema *(*reflect)(grpc_ask *ask, void *context, const char *symbol,
				       struct vastar_error *err);
	void (*free)(struct grpc_schema *schema); /* NULL is allowed */

	/* Finds "package.Service/Method", also with a dot instead of the slash. */
	int (*find)(struct grpc_schema *schema, const char *call, struct grpc_method *method,
		    struct vastar_error *err);

	/* Converts JSON to one message. */
	int (*encode)(struct grpc_schema *schema, const struct grpc_method *method, const char *json,
		      size_t length, struct grpc_bytes *message, struct vastar_error *err);

	/* The methods, a line for each; and the definition of a name, or of every service, in the language of
	 * .proto files. */
	int (*list)(struct grpc_schema *schema, struct grpc_bytes *text, struct vastar_error *err);
	int (*describe)(struct grpc_schema *schema, const char *name, struct grpc_bytes *text,
			struct vastar_error *err);
};

/* The contents of the module. */
extern const struct grpc_module vastar_grpc_module;

/* Loads it once; any thread may call this. NULL: failed, as *err says. */
const struct grpc_module *grpc_module_load(struct vastar_error *err);

#ifdef __cplusplus
}
#endif

#endif
