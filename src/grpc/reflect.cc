/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * gRPC's reflection service: grpc.reflection.v1.ServerReflection, or v1alpha with the same messages. These are
 * written and read here field by field.
 */
#include "grpc/schema.hh"

#include <set>

#include <google/protobuf/descriptor.pb.h>
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/wire_format_lite.h>

namespace
{

/* Fields of ServerReflectionRequest and ServerReflectionResponse. */
enum { ASK_FILE = 3, ASK_SYMBOL = 4, ASK_SERVICES = 7 };
enum { SAID_FILES = 4, SAID_SERVICES = 6, SAID_ERROR = 7 };
enum { FILES_MAX = 1000 }; /* that a file and its imports may be */

struct Said {
	std::vector<std::string> files; /* FileDescriptorProto */
	std::vector<std::string> services;
	unsigned error = 0;
	std::string error_text;
};

using Wire = pb::internal::WireFormatLite;

/* Calls take(number, bytes) for each field that is a text, bytes or a message, and number(number, value) for
 * integers. False: not a valid message. */
template <typename Take, typename Number> bool each_field(const std::string &bytes, Take take, Number number)
{
	pb::io::CodedInputStream in(reinterpret_cast<const uint8_t *>(bytes.data()), (int)bytes.size());

	while (uint32_t tag = in.ReadTag()) {
		uint32_t length;
		uint64_t value;
		std::string field;

		if (Wire::GetTagWireType(tag) == Wire::WIRETYPE_LENGTH_DELIMITED) {
			if (!in.ReadVarint32(&length) || !in.ReadString(&field, (int)length))
				return false;
			take(Wire::GetTagFieldNumber(tag), field);
		} else if (Wire::GetTagWireType(tag) == Wire::WIRETYPE_VARINT) {
			if (!in.ReadVarint64(&value))
				return false;
			number(Wire::GetTagFieldNumber(tag), value);
		} else if (!Wire::SkipField(&in, tag)) {
			return false;
		}
	}
	return in.ConsumedEntireMessage();
}

void no_number(int, uint64_t)
{
}

bool read_response(const std::string &bytes, Said *said)
{
	bool fine = true;

	auto name_of = [&](const std::string &service) {
		fine &= each_field(
		    service,
		    [&](int number, const std::string &field) {
			    if (number == 1)
				    said->services.push_back(field);
		    },
		    no_number);
	};
	auto top = [&](int number, const std::string &field) {
		if (number == SAID_FILES)
			fine &= each_field(
			    field, [&](int, const std::string &file) { said->files.push_back(file); },
			    no_number);
		else if (number == SAID_SERVICES)
			fine &= each_field(
			    field, [&](int, const std::string &service) { name_of(service); }, no_number);
		else if (number == SAID_ERROR)
			fine &= each_field(
			    field, [&](int, const std::string &text) { said->error_text = text; },
			    [&](int, uint64_t value) { said->error = (unsigned)value; });
	};

	return each_field(bytes, top, no_number) && fine;
}

/* A conversation with the server. */
class Server
{
      public:
	Server(grpc_ask *ask, void *context, struct vastar_error *err) : ask(ask), context(context), err(err)
	{
	}

	int question(unsigned field, const std::string &value, Said *said)
	{
		std::string message(1, (char)(field << 3 | Wire::WIRETYPE_LENGTH_DELIMITED));
		struct grpc_bytes response = {nullptr, 0};
		int rc;

		for (size_t length = value.size(); length >= 128 || (message += (char)length, false);
		     length >>= 7)
			message += (char)(length | 128);
		message += value;
		rc = ask(context, v1alpha, message.data(), message.size(), &response, err);
		if (rc == GRPC_ASK_UNIMPLEMENTED && !v1alpha) {
			v1alpha = true;
			rc = ask(context, v1alpha, message.data(), message.size(), &response, err);
		}
		if (rc == GRPC_ASK_UNIMPLEMENTED)
			return err_set(err, VASTAR_E_SYSTEM,
				       "reflection: the server does not offer it (use --proto FILE)");
		if (rc)
			return rc;
		bool fine = read_response(std::string(response.bytes, response.length), said);
		free(response.bytes);
		return fine ? 0
			    : err_set(err, VASTAR_E_SYSTEM,
				      "reflection: the server's response cannot be read");
	}

	int refused(const char *what, const Said &said)
	{
		return err_set(err, VASTAR_E_USAGE, "reflection: the server has no %.150s (%.250s)", what,
			       said.error_text.c_str());
	}

      private:
	grpc_ask *ask;
	void *context;
	struct vastar_error *err;
	bool v1alpha = false;
};

/* "item_sizes" to "ItemSizesEntry": the required name of the type of a map's entries. */
std::string entry_name(const std::string &field)
{
	std::string name;
	bool upper = true;

	for (char c : field) {
		if (c != '_')
			name += upper && c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
		upper = c == '_';
	}
	return name + "Entry";
}

/* Servers with protobufjs (@grpc/reflection) leave the "Entry" out, which libprotobuf does not take. */
void repair_maps(pb::DescriptorProto *message)
{
	for (pb::DescriptorProto &nested : *message->mutable_nested_type()) {
		std::string old = nested.name();

		repair_maps(&nested);
		if (!nested.options().map_entry())
			continue;
		for (pb::FieldDescriptorProto &field : *message->mutable_field()) {
			std::string type = field.type_name();
			size_t dot = type.rfind('.') + 1; /* 0 without one */

			if (type.substr(dot) != old)
				continue;
			nested.set_name(entry_name(field.name()));
			field.set_type_name(type.substr(0, dot) + nested.name());
		}
	}
}

/* Takes the files of a response, and asks for those that they import. */
class Files
{
      public:
	Files(Server *server, grpc_schema *schema, struct vastar_error *err)
	    : server(server), schema(schema), err(err)
	{
	}

	/* The first of them is the one that was asked for: *namep is its name. */
	int take(const Said &said, std::string *namep)
	{
		std::vector<std::string> wanted;
		int rc = add(said, &wanted, namep);

		while (!rc && !wanted.empty()) {
			std::string next = wanted.back();
			Said more;

			wanted.pop_back();
			if (names.count(next))
				continue;
			if (names.size() >= FILES_MAX)
				return err_set(
				    err, VASTAR_E_SYSTEM,
				    "reflection: the server's files import over %d others (use --proto)",
				    FILES_MAX);
			rc = server->question(ASK_FILE, next, &more);
			/* What is built into the library need not come from the server. */
			if (!rc && more.error && !pb::DescriptorPool::generated_pool()->FindFileByName(next))
				rc = server->refused(("file " + next).c_str(), more);
			names.insert(next);
			if (!rc && !more.error)
				rc = add(more, &wanted, nullptr);
		}
		return rc;
	}

      private:
	int add(const Said &said, std::vector<std::string> *wanted, std::string *namep)
	{
		for (const std::string &bytes : said.files) {
			pb::FileDescriptorProto file;

			if (!file.ParseFromString(bytes))
				return err_set(err, VASTAR_E_SYSTEM,
					       "reflection: a descriptor of the server cannot be read");
			for (pb::DescriptorProto &message : *file.mutable_message_type())
				repair_maps(&message);
			if (namep && namep->empty())
				*namep = file.name();
			wanted->insert(wanted->end(), file.dependency().begin(), file.dependency().end());
			if (added.insert(file.name()).second)
				schema->reflected.Add(file);
			names.insert(file.name());
		}
		return 0;
	}

	Server *server;
	grpc_schema *schema;
	struct vastar_error *err;
	std::set<std::string> names, added;
};

std::string joined(const std::vector<std::string> &names)
{
	std::string text;

	for (const std::string &name : names)
		text += (text.empty() ? "" : ", ") + name;
	return text;
}

int unknown_symbol(Server *server, const char *symbol, struct vastar_error *err)
{
	Said services;
	int rc = server->question(ASK_SERVICES, "", &services);

	return rc ? rc
		  : err_set(err, VASTAR_E_USAGE,
			    "'%.150s': the server has no such name (its services: %.300s)", symbol,
			    joined(services.services).c_str());
}

/* The file that has the symbol; a method is also looked for by the name of its service. */
int fetch(Server *server, Files *files, const char *symbol, std::vector<std::string> *names,
	  struct vastar_error *err)
{
	std::string name = *symbol == '/' ? symbol + 1 : symbol, file;
	size_t slash = name.rfind('/');
	Said said;
	int rc;

	if (slash != std::string::npos)
		name.resize(slash);
	rc = server->question(ASK_SYMBOL, name, &said);
	if (!rc && said.error && name.rfind('.') != std::string::npos) {
		said = Said();
		rc = server->question(ASK_SYMBOL, name.substr(0, name.rfind('.')), &said);
	}
	if (!rc && (said.error || said.files.empty()))
		return unknown_symbol(server, symbol, err);
	if (!rc)
		rc = files->take(said, &file);
	names->push_back(file);
	return rc;
}

int fetch_all(Server *server, Files *files, std::vector<std::string> *names, struct vastar_error *err)
{
	Said said;
	int rc = server->question(ASK_SERVICES, "", &said);

	if (!rc && said.error)
		return server->refused("list of services", said);
	for (size_t i = 0; !rc && i < said.services.size(); i++)
		rc = fetch(server, files, said.services[i].c_str(), names, err);
	return rc;
}

int open_pool(grpc_schema *schema, const std::vector<std::string> &names, struct vastar_error *err)
{
	std::set<std::string> seen;

	schema->database.reset(new pb::MergedDescriptorDatabase(&schema->reflected, &schema->well_known));
	schema->pool.reset(new pb::DescriptorPool(schema->database.get(), &schema->reasons));
	for (const std::string &name : names) {
		const pb::FileDescriptor *file = schema->pool->FindFileByName(name);

		if (!file)
			return err_set(
			    err, VASTAR_E_SYSTEM,
			    "reflection: the descriptor of %.150s cannot be used: %.200s (use --proto)",
			    name.c_str(), schema->reasons.first.c_str());
		if (seen.insert(name).second)
			schema->files.push_back(file);
	}
	schema_complete(schema);
	return 0;
}

} // namespace

grpc_schema *schema_reflect(grpc_ask *ask, void *context, const char *symbol, struct vastar_error *err)
{
	grpc_schema *schema = nullptr;
	int rc = guarded(err, [&] {
		std::vector<std::string> names;
		Server server(ask, context, err);

		pb::SetLogHandler(nullptr);
		schema = new grpc_schema;
		Files files(&server, schema, err);
		int failed = symbol ? fetch(&server, &files, symbol, &names, err)
				    : fetch_all(&server, &files, &names, err);
		return failed ? failed : open_pool(schema, names, err);
	});

	if (!rc)
		return schema;
	delete schema;
	return nullptr;
}
