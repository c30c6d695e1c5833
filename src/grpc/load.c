/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "grpc/schema.h"

#ifdef HAVE_GRPC

#include "base/module.h"

static struct module grpc = {
    .subject = "gRPC",
    .file = "vastar-grpc.so",
    .symbol = "vastar_grpc_module",
    .library = "libprotobuf",
};

const struct grpc_module *grpc_module_load(struct vastar_error *err)
{
	return module_load(&grpc, err);
}

#else

const struct grpc_module *grpc_module_load(struct vastar_error *err)
{
	err_set(err, VASTAR_E_USAGE,
		"gRPC: this vastar was built without libprotobuf (build it with libprotobuf-dev and "
		"libprotoc-dev, or give the bytes of the message with --raw)");
	return NULL;
}

#endif
