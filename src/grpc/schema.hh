/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* What the parts of the module share. */
#ifndef VASTAR_GRPC_SCHEMA_HH
#define VASTAR_GRPC_SCHEMA_HH

#include <cstdlib>
#include <cstring>
#include <exception>
#include <memory>
#include <string>
#include <vector>

#include <google/protobuf/compiler/importer.h>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/descriptor_database.h>
#include <google/protobuf/dynamic_message.h>
#include <google/protobuf/util/type_resolver.h>

#include "grpc/schema.h"

namespace pb = google::protobuf;

/* Keeps the first error, as file:line: text. */
class Errors : public pb::compiler::MultiFileErrorCollector
{
      public:
	explicit Errors(pb::compiler::DiskSourceTree *tree) : tree(tree)
	{
	}

	void AddError(const std::string &name, int line, int, const std::string &text) override
	{
		std::string path;

		/* A missing file has no line; the import that needs it has one, and comes next. */
		if (has_line || (line < 0 && !first.empty()))
			return;
		has_line = line >= 0;
		if (!tree->VirtualFileToDiskFile(name, &path))
			path = name;
		first = path + ":" + (line >= 0 ? std::to_string(line + 1) + ": " : " ") + text;
	}

	std::string first;

      private:
	pb::compiler::DiskSourceTree *tree;
	bool has_line = false;
};

/* Keeps the first reason why a descriptor is refused. */
class Reasons : public pb::DescriptorPool::ErrorCollector
{
      public:
	void AddError(const std::string &, const std::string &element, const pb::Message *, ErrorLocation,
		      const std::string &text) override
	{
		if (first.empty())
			first = element + ": " + text;
	}

	std::string first;
};

/* Files from the disk, or from a server: `database` says which. */
struct grpc_schema {
	/* google/protobuf/empty.proto and the like are built into the library. */
	grpc_schema() : errors(&tree), well_known(*pb::DescriptorPool::generated_pool())
	{
	}

	pb::compiler::DiskSourceTree tree;
	Errors errors;
	pb::SimpleDescriptorDatabase reflected;
	Reasons reasons;
	pb::DescriptorPoolDatabase well_known;
	std::unique_ptr<pb::DescriptorDatabase> database;
	std::unique_ptr<pb::DescriptorPool> pool;
	std::vector<const pb::FileDescriptor *> files; /* that were asked for */
	std::unique_ptr<pb::DynamicMessageFactory> factory;
	std::unique_ptr<pb::util::TypeResolver> resolver;
};

/* The pool is there: makes what messages need. */
void schema_complete(grpc_schema *schema);

/* Runs `work`, and turns exceptions into errors. */
template <typename Work> int guarded(struct vastar_error *err, Work work)
{
	try {
		return work();
	} catch (const std::exception &thrown) {
		return err_set(err, VASTAR_E_SYSTEM, "gRPC: %.200s", thrown.what());
	} catch (...) {
		return err_set(err, VASTAR_E_SYSTEM, "gRPC: libprotobuf gave up");
	}
}

/* A copy for C. */
inline int copy_bytes(const std::string &from, struct grpc_bytes *to, struct vastar_error *err)
{
	to->length = from.size();
	to->bytes = static_cast<char *>(malloc(from.size() + 1));
	if (!to->bytes)
		return err_nomem(err, "message");
	memcpy(to->bytes, from.data(), from.size());
	to->bytes[from.size()] = '\0';
	return 0;
}

/* The parts, as in struct grpc_module. */
grpc_schema *schema_reflect(grpc_ask *ask, void *context, const char *symbol, struct vastar_error *err);
int schema_list(grpc_schema *schema, struct grpc_bytes *text, struct vastar_error *err);
int schema_describe(grpc_schema *schema, const char *name, struct grpc_bytes *text, struct vastar_error *err);

#endif
