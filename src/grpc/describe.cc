/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "grpc/schema.hh"

namespace
{

const char *stream(bool streams)
{
	return streams ? "stream " : "";
}

std::string line_of(const pb::MethodDescriptor *method)
{
	return method->service()->full_name() + "/" + method->name() + "(" +
	       stream(method->client_streaming()) + method->input_type()->full_name() + ") returns (" +
	       stream(method->server_streaming()) + method->output_type()->full_name() + ")\n";
}

/* A method with its messages, from which JSON can be written. */
std::string describe_method(const pb::MethodDescriptor *method)
{
	std::string text = method->DebugString() + "\n" + method->input_type()->DebugString();

	if (method->output_type() != method->input_type())
		text += "\n" + method->output_type()->DebugString();
	return text;
}

/* Empty: there is no such name. */
std::string describe_name(const pb::DescriptorPool &pool, const std::string &name)
{
	if (const auto *service = pool.FindServiceByName(name))
		return service->DebugString();
	if (const auto *method = pool.FindMethodByName(name))
		return describe_method(method);
	if (const auto *message = pool.FindMessageTypeByName(name))
		return message->DebugString();
	if (const auto *type = pool.FindEnumTypeByName(name))
		return type->DebugString();
	return "";
}

std::string services_of(const grpc_schema *schema)
{
	std::string names;

	for (const pb::FileDescriptor *file : schema->files)
		for (int i = 0; i < file->service_count(); i++)
			names += (names.empty() ? "" : ", ") + file->service(i)->full_name();
	return names.empty() ? "none" : names;
}

} // namespace

int schema_list(grpc_schema *schema, struct grpc_bytes *text, struct vastar_error *err)
{
	return guarded(err, [&] {
		std::string lines;

		for (const pb::FileDescriptor *file : schema->files)
			for (int i = 0; i < file->service_count(); i++)
				for (int k = 0; k < file->service(i)->method_count(); k++)
					lines += line_of(file->service(i)->method(k));
		return copy_bytes(lines, text, err);
	});
}

int schema_describe(grpc_schema *schema, const char *name, struct grpc_bytes *text, struct vastar_error *err)
{
	return guarded(err, [&] {
		std::string said, dotted = name ? name : "";

		for (char &c : dotted)
			if (c == '/')
				c = '.';
		if (name) {
			said = describe_name(*schema->pool, dotted);
			if (said.empty())
				return err_set(err, VASTAR_E_USAGE,
					       "'%.150s': no service, method, message or enum has this name "
					       "(services: %.250s)",
					       name, services_of(schema).c_str());
			return copy_bytes(said, text, err);
		}
		for (const pb::FileDescriptor *file : schema->files)
			for (int i = 0; i < file->service_count(); i++)
				said += (said.empty() ? "" : "\n") + file->service(i)->DebugString();
		return copy_bytes(said, text, err);
	});
}
