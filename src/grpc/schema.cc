/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "grpc/schema.hh"

#include <cerrno>
#include <cstdio>

#include <google/protobuf/util/json_util.h>
#include <google/protobuf/util/type_resolver_util.h>

static const char type_prefix[] = "type.googleapis.com";

void schema_complete(grpc_schema *schema)
{
	schema->factory.reset(new pb::DynamicMessageFactory(schema->pool.get()));
	schema->resolver.reset(pb::util::NewTypeResolverForDescriptorPool(type_prefix, schema->pool.get()));
}

namespace
{

/* ---- reading ---- */

std::string folder_of(const std::string &path)
{
	size_t slash = path.rfind('/');

	if (slash == std::string::npos)
		return ".";
	return slash ? path.substr(0, slash) : "/";
}

int read_file(grpc_schema *schema, const char *path, struct vastar_error *err)
{
	using Tree = pb::compiler::DiskSourceTree;
	std::string name, shadowed_by;
	FILE *file = fopen(path, "re");

	if (!file)
		return err_set(err, VASTAR_E_USAGE, "--proto %.200s: cannot be opened: %s", path,
			       strerror(errno));
	fclose(file);
	switch (schema->tree.DiskFileToVirtualFile(path, &name, &shadowed_by)) {
	case Tree::SUCCESS:
		break;
	case Tree::SHADOWED:
		return err_set(
		    err, VASTAR_E_USAGE,
		    "--proto %.150s: its name stands for %.150s, which is searched first (give the folder "
		    "that its imports begin in with --import-path)",
		    path, shadowed_by.c_str());
	default:
		return err_set(err, VASTAR_E_USAGE, "--proto %.200s: cannot be read", path);
	}
	const pb::FileDescriptor *descriptor = schema->pool->FindFileByName(name);
	if (!descriptor)
		return err_set(err, VASTAR_E_USAGE, "--proto: %.400s", schema->errors.first.c_str());
	schema->files.push_back(descriptor);
	return 0;
}

void open_sources(grpc_schema *schema)
{
	auto *sources = new pb::compiler::SourceTreeDescriptorDatabase(&schema->tree, &schema->well_known);

	schema->database.reset(sources);
	sources->RecordErrorsTo(&schema->errors);
	schema->pool.reset(new pb::DescriptorPool(sources, sources->GetValidationErrorCollector()));
	schema->pool->EnforceWeakDependencies(true);
}

grpc_schema *read(const char *const *files, size_t file_count, const char *const *folders,
		  size_t folder_count, struct vastar_error *err)
{
	grpc_schema *schema = nullptr;
	int rc = guarded(err, [&] {
		int failed = 0;

		pb::SetLogHandler(nullptr);
		schema = new grpc_schema;
		open_sources(schema);
		for (size_t i = 0; i < folder_count; i++)
			schema->tree.MapPath("", folders[i]);
		for (size_t i = 0; i < file_count; i++)
			schema->tree.MapPath("", folder_of(files[i]));
		for (size_t i = 0; !failed && i < file_count; i++)
			failed = read_file(schema, files[i], err);
		schema_complete(schema);
		return failed;
	});

	if (!rc)
		return schema;
	delete schema;
	return nullptr;
}

void free_schema(grpc_schema *schema)
{
	delete schema;
}

/* ---- methods ---- */

/* "a.B/C, a.B/D": the methods in the files. */
std::string known_methods(const grpc_schema *schema)
{
	std::string known;

	for (const pb::FileDescriptor *file : schema->files)
		for (int i = 0; i < file->service_count(); i++)
			for (int k = 0; k < file->service(i)->method_count(); k++)
				known += (known.empty() ? "" : ", ") + file->service(i)->full_name() + "/" +
					 file->service(i)->method(k)->name();
	return known.empty() ? "none: there is no service" : known;
}

int find(grpc_schema *schema, const char *call, struct grpc_method *method, struct vastar_error *err)
{
	return guarded(err, [&] {
		std::string name = *call == '/' ? call + 1 : call;
		size_t slash = name.rfind('/');

		if (slash != std::string::npos)
			name[slash] = '.';
		const pb::MethodDescriptor *found = schema->pool->FindMethodByName(name);
		if (!found)
			return err_set(err, VASTAR_E_USAGE, "--call '%.100s': no such method (known: %.300s)",
				       call, known_methods(schema).c_str());
		method->input = found->input_type();
		method->client_streams = found->client_streaming();
		method->server_streams = found->server_streaming();
		int length = snprintf(method->path, sizeof(method->path), "/%s/%s",
				      found->service()->full_name().c_str(), found->name().c_str());
		if (length >= (int)sizeof(method->path))
			return err_set(err, VASTAR_E_USAGE, "--call '%.100s': its name is too long", call);
		return 0;
	});
}

/* ---- messages ---- */

/* libprotobuf says "(list[0].number): invalid value ..." or "(list[0]) numbr: Cannot find field.": the path of the
 * field comes first. Line breaks are taken out. */
std::string reason_of(const pb::util::Status &status)
{
	static const char missing[] = ": Cannot find field.";
	std::string text(status.message());
	size_t close = text.find(')'), end = text.rfind(missing);

	if (!text.empty() && text[0] == '(' && close != std::string::npos) {
		bool member = text.compare(close, 2, ") ") == 0;

		text =
		    text.substr(1, close - 1) + (member ? "." : "") + text.substr(close + (member ? 2 : 1));
		end = text.rfind(missing);
	}
	if (end != std::string::npos)
		text = text.substr(0, end) + ": there is no such field";
	for (char &c : text)
		if (c == '\n' || c == '\r' || c == '\t')
			c = ' ';
	return text;
}

int encode(grpc_schema *schema, const struct grpc_method *method, const char *json, size_t length,
	   struct grpc_bytes *message, struct vastar_error *err)
{
	return guarded(err, [&] {
		const auto *type = static_cast<const pb::Descriptor *>(method->input);
		std::unique_ptr<pb::Message> made(schema->factory->GetPrototype(type)->New());
		std::vector<std::string> missing;
		std::string bytes;
		auto status = pb::util::JsonToBinaryString(schema->resolver.get(),
							   std::string(type_prefix) + "/" + type->full_name(),
							   std::string(json, length), &bytes);

		if (!status.ok())
			return err_set(err, VASTAR_E_USAGE, "message (-d): it is no %.100s: %.350s",
				       type->full_name().c_str(), reason_of(status).c_str());
		if (!made->ParsePartialFromString(bytes))
			return err_set(err, VASTAR_E_USAGE, "message (-d): it is no %.100s",
				       type->full_name().c_str());
		made->FindInitializationErrors(&missing);
		if (!missing.empty())
			return err_set(err, VASTAR_E_USAGE,
				       "message (-d): it is no %.100s: the required field %.200s is missing",
				       type->full_name().c_str(), missing[0].c_str());
		return copy_bytes(bytes, message, err);
	});
}

} // namespace

extern "C" __attribute__((visibility("default"))) const struct grpc_module vastar_grpc_module = {
    VASTAR_VERSION, read, schema_reflect, free_schema, find, encode, schema_list, schema_describe,
};
