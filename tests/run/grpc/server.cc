/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The service of demo.proto with Debian's C++ gRPC. Prints its port, and on SIGTERM the number of calls. */
#include <csignal>
#include <cstdio>
#include <atomic>
#include <memory>
#include <thread>

#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/grpcpp.h>

#include "demo.grpc.pb.h"

namespace
{

std::atomic<long> calls, messages;

class Echo : public demo::Echo::Service
{
	grpc::Status Say(grpc::ServerContext *, const demo::Line *line, demo::Line *reply) override
	{
		calls++;
		messages++;
		if (line->status())
			return grpc::Status(static_cast<grpc::StatusCode>(line->status()), "asked for");
		*reply = *line;
		return grpc::Status::OK;
	}

	grpc::Status Repeat(grpc::ServerContext *, const demo::Line *line,
			    grpc::ServerWriter<demo::Line> *writer) override
	{
		calls++;
		messages++;
		for (int i = 0; i < line->count(); i++)
			writer->Write(*line);
		return line->status()
			   ? grpc::Status(static_cast<grpc::StatusCode>(line->status()), "after all")
			   : grpc::Status::OK;
	}

	grpc::Status Count(grpc::ServerContext *, grpc::ServerReader<demo::Line> *reader,
			   demo::Total *total) override
	{
		demo::Line line;
		int count = 0;

		calls++;
		while (reader->Read(&line))
			count++;
		messages += count;
		total->set_count(count);
		return grpc::Status::OK;
	}

	grpc::Status Chat(grpc::ServerContext *,
			  grpc::ServerReaderWriter<demo::Line, demo::Line> *stream) override
	{
		demo::Line line;

		calls++;
		while (stream->Read(&line)) {
			messages++;
			stream->Write(line);
		}
		return grpc::Status::OK;
	}
};

} // namespace

int main()
{
	Echo echo;
	sigset_t set;
	int port = 0, signal;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	pthread_sigmask(SIG_BLOCK, &set, nullptr); /* before gRPC has threads, which inherit it */
	grpc::reflection::InitProtoReflectionServerBuilderPlugin();
	grpc::ServerBuilder builder;
	builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
	builder.RegisterService(&echo);
	std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
	printf("%d\n", port);
	fflush(stdout);
	sigwait(&set, &signal);
	server->Shutdown(std::chrono::system_clock::now());
	printf("{\"calls\": %ld, \"messages\": %ld}\n", calls.load(), messages.load());
	return 0;
}
