/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "serve/serve.h"

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/num.h"
#include "serve/worker.h"

enum {
	CONNECTIONS_MAX = 65536, /* for each worker, unless the settings say more */
	FILES_APART = 64,	 /* descriptors that are not connections */
	BACKLOG = 4096,
};

enum gate { GATE_WAIT, GATE_RUN, GATE_ABORT };

struct server;

struct serve_thread {
	struct serve_worker worker;
	struct server *server;
	pthread_t thread;
};

struct server {
	const struct serve_settings *settings;
	struct serve_thread **threads; /* [shards.count] */
	struct serve_shards shards;
	unsigned started;
	uint64_t start_ns; /* connections are accepted */
	union {
		struct sockaddr any;
		struct sockaddr_in v4;
		struct sockaddr_in6 v6;
	} address;
	socklen_t address_length;
	/* Workers set up, say so, and wait for the gate. */
	pthread_mutex_t lock;
	pthread_cond_t changed;
	unsigned ready;
	enum gate gate;
	int rc;
	struct vastar_error error;
};

int serve_stop_open(void)
{
	return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
}

void serve_stop(int stop_fd)
{
	uint64_t one = 1;
	int saved = errno; /* this may be a signal handler */
	ssize_t rc = write(stop_fd, &one, sizeof(one));

	(void)rc; /* EAGAIN: the counter is full, so it is readable */
	errno = saved;
}

/* ---- the address ---- */

/* Splits "ADDR:PORT"; false when there is no port in it. */
static bool split_address(const char *text, char *host, size_t size, uint16_t *portp)
{
	const char *colon = strrchr(text, ':'), *digits = colon ? colon + 1 : text;
	const char *begin = text, *end = colon;
	uint64_t port;

	if (strspn(digits, "0123456789") != strlen(digits) || !num_count(digits, &port) || port > 65535)
		return false;
	*portp = (uint16_t)port;
	if (!colon || colon == text) { /* "PORT" or ":PORT" */
		snprintf(host, size, "127.0.0.1");
		return true;
	}
	if (*begin == '[' && end[-1] == ']') {
		begin++;
		end--;
	}
	snprintf(host, size, "%.*s", (int)(end - begin), begin);
	if (!strcmp(host, "localhost"))
		snprintf(host, size, "127.0.0.1");
	return true;
}

static int parse_address(struct server *server, struct vastar_error *err)
{
	const char *text = server->settings->address;
	char host[INET6_ADDRSTRLEN + 2];
	uint16_t port;
	bool loopback;

	if (!split_address(text, host, sizeof(host), &port))
		return err_set(
		    err, VASTAR_E_USAGE,
		    "address '%s': no port from 0 to 65535 in it (use 127.0.0.1:8080, or port 0 for any)",
		    text);
	memset(&server->address, 0, sizeof(server->address));
	if (inet_pton(AF_INET, host, &server->address.v4.sin_addr) == 1) {
		server->address.v4.sin_family = AF_INET;
		server->address.v4.sin_port = htons(port);
		server->address_length = sizeof(server->address.v4);
		loopback = ntohl(server->address.v4.sin_addr.s_addr) >> 24 == 127;
	} else if (inet_pton(AF_INET6, host, &server->address.v6.sin6_addr) == 1) {
		server->address.v6.sin6_family = AF_INET6;
		server->address.v6.sin6_port = htons(port);
		server->address_length = sizeof(server->address.v6);
		loopback = IN6_IS_ADDR_LOOPBACK(&server->address.v6.sin6_addr);
	} else {
		return err_set(err, VASTAR_E_USAGE,
			       "address '%s': '%s' is no address (use a number like 127.0.0.1 or [::1])",
			       text, host);
	}
	if (!loopback && !server->settings->allow_any)
		return err_set(
		    err, VASTAR_E_USAGE,
		    "address '%s': other machines could reach it (use 127.0.0.1, or --allow-remote if that "
		    "is what you want)",
		    text);
	return 0;
}

static int bind_failed(const struct server *server, struct vastar_error *err)
{
	int error = errno;
	const char *cure = error == EADDRINUSE
			       ? "another server has it: use another port, or port 0 for a free one"
			   : error == EACCES ? "ports below 1024 are for root: use one above"
					     : "use an address of this machine";

	return err_set(err, VASTAR_E_SYSTEM, "cannot listen on %s: %s (%s)", server->settings->address,
		       strerror(error), cure);
}

/* Sockets of several workers share a port, but not with another process of ours that happens to have it. */
static int port_is_free(struct server *server, struct vastar_error *err)
{
	static const int one = 1;
	int fd = socket(server->address.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int rc = 0;

	if (fd < 0)
		return bind_failed(server, err);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(fd, &server->address.any, server->address_length))
		rc = bind_failed(server, err);
	close(fd);
	return rc;
}

static int open_listener(struct server *server, struct serve_worker *w, struct vastar_error *err)
{
	static const int one = 1;
	int fd = socket(server->address.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	w->listener = fd;
	if (fd < 0)
		return bind_failed(server, err);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (server->shards.count > 1)
		setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &one, sizeof(one));
	/* Inherited by every connection; there is no other way to set it on a direct descriptor before
	 * 6.7. */
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	if (bind(fd, &server->address.any, server->address_length) || listen(fd, BACKLOG))
		return bind_failed(server, err);
	/* Port 0 has become a number, which is everybody's from now on. */
	getsockname(fd, &server->address.any, &server->address_length);
	return 0;
}

static uint16_t port_of(const struct server *server)
{
	return ntohs(server->address.any.sa_family == AF_INET ? server->address.v4.sin_port
							      : server->address.v6.sin6_port);
}

static void write_url(const struct server *server, char *url, size_t size)
{
	char host[INET6_ADDRSTRLEN] = "";
	bool v4 = server->address.any.sa_family == AF_INET;
	const void *from = v4 ? (const void *)&server->address.v4.sin_addr : &server->address.v6.sin6_addr;

	inet_ntop(server->address.any.sa_family, from, host, sizeof(host));
	snprintf(url, size, v4 ? "http://%s:%u/" : "http://[%s]:%u/", host, port_of(server));
}

/* ---- workers ---- */

/* Connections for each worker, after raising the limit as far as it goes: the table of registered files is
 * bounded by it, though its entries do not count against it. 0 with *err when the settings want more. */
static uint32_t connection_limit(const struct serve_settings *settings, struct vastar_error *err)
{
	uint64_t wanted = settings->connections ? settings->connections : CONNECTIONS_MAX;
	struct rlimit limit, raised;

	if (getrlimit(RLIMIT_NOFILE, &limit))
		return (uint32_t)wanted;
	raised = limit;
	if (raised.rlim_cur < wanted + FILES_APART)
		raised.rlim_cur =
		    raised.rlim_max < wanted + FILES_APART ? raised.rlim_max : wanted + FILES_APART;
	if (raised.rlim_cur > limit.rlim_cur && !setrlimit(RLIMIT_NOFILE, &raised))
		limit = raised;
	if (wanted <= limit.rlim_cur)
		return (uint32_t)wanted;
	if (settings->connections) {
		err_set(err, VASTAR_E_SYSTEM,
			"%u connections: the limit of descriptors is %llu (raise it: ulimit -n %u)",
			settings->connections, (unsigned long long)limit.rlim_cur, settings->connections);
		return 0;
	}
	return (uint32_t)limit.rlim_cur;
}

static void *worker_main(void *argument)
{
	struct serve_thread *thread = argument;
	struct serve_worker *w = &thread->worker;
	struct server *server = thread->server;
	struct vastar_error error;
	int rc = serve_worker_init(w, &error);
	enum gate gate;

	pthread_mutex_lock(&server->lock);
	if (rc && !server->rc) {
		server->rc = rc;
		server->error = error;
	}
	server->ready++;
	pthread_cond_broadcast(&server->changed);
	while (server->gate == GATE_WAIT)
		pthread_cond_wait(&server->changed, &server->lock);
	gate = server->gate;
	pthread_mutex_unlock(&server->lock);
	if (gate == GATE_RUN)
		serve_worker_run(w);
	serve_worker_deinit(w);
	return NULL;
}

static struct serve_thread *new_thread(struct server *server, unsigned index, uint32_t connections)
{
	const struct serve_settings *settings = server->settings;
	struct serve_thread *thread = aligned_alloc(64, (sizeof(*thread) + 63) / 64 * 64);
	struct serve_worker *w;

	if (!thread)
		return NULL;
	memset(thread, 0, sizeof(*thread));
	thread->server = server;
	w = &thread->worker;
	w->settings = settings;
	w->shards = &server->shards;
	w->index = index;
	w->conn_max = connections;
	w->stop_fd = settings->stop_fd;
	w->listener = -1;
	if (settings->request_log) {
		w->log = &w->log_of_worker;
		w->log->capacity = (settings->request_log_max + settings->workers - 1) / settings->workers;
	}
	return thread;
}

static int new_threads(struct server *server, struct vastar_error *err)
{
	unsigned workers = server->settings->workers;
	uint32_t connections = connection_limit(server->settings, err);

	if (!connections)
		return -VASTAR_E_SYSTEM;
	server->threads = calloc(workers, sizeof(struct serve_thread *));
	server->shards.each = calloc(workers, sizeof(struct serve_counts *));
	if (!server->threads || !server->shards.each)
		return err_nomem(err, "workers of the server");
	for (unsigned i = 0; i < workers; i++) {
		struct serve_thread *thread = new_thread(server, i, connections);

		if (!thread)
			return err_nomem(err, "workers of the server");
		server->threads[i] = thread;
		server->shards.each[i] = &thread->worker.counts;
		server->shards.count++;
	}
	return 0;
}

static int open_listeners(struct server *server, struct vastar_error *err)
{
	int rc = 0;

	if (server->shards.count > 1 && port_of(server))
		rc = port_is_free(server, err);
	for (unsigned i = 0; i < server->shards.count && !rc; i++)
		rc = open_listener(server, &server->threads[i]->worker, err);
	return rc;
}

/* Starts the threads and lets them go when all of them are ready. */
static int start(struct server *server, struct vastar_error *err)
{
	int rc = 0;

	for (; server->started < server->shards.count && !rc; server->started += !rc) {
		struct serve_thread *thread = server->threads[server->started];

		rc = pthread_create(&thread->thread, NULL, worker_main, thread);
	}
	pthread_mutex_lock(&server->lock);
	while (server->ready < server->started)
		pthread_cond_wait(&server->changed, &server->lock);
	if (rc) {
		server->rc = err_set(&server->error, VASTAR_E_SYSTEM,
				     "cannot start %u threads: %s (use fewer workers)", server->shards.count,
				     strerror(rc));
	}
	server->start_ns = clock_now_ns();
	server->gate = server->rc ? GATE_ABORT : GATE_RUN;
	pthread_cond_broadcast(&server->changed);
	pthread_mutex_unlock(&server->lock);
	if (server->rc && err)
		*err = server->error;
	return server->rc;
}

static void deinit(struct server *server)
{
	for (unsigned i = 0; i < server->shards.count; i++) {
		struct serve_worker *w = &server->threads[i]->worker;

		if (w->listener >= 0)
			close(w->listener);
		serve_log_deinit(&w->log_of_worker);
		free(server->threads[i]);
	}
	free(server->threads);
	free(server->shards.each);
	pthread_mutex_destroy(&server->lock);
	pthread_cond_destroy(&server->changed);
}

/* ---- what the user sees ---- */

static void announce(const struct server *server)
{
	const struct serve_settings *settings = server->settings;
	char url[INET6_ADDRSTRLEN + 32];

	write_url(server, url, sizeof(url));
	if (settings->out) {
		fprintf(settings->out, "listening on %s\n", url);
		fflush(settings->out);
	}
	if (settings->on_ready)
		settings->on_ready(settings->context, url, port_of(server));
}

static void report(FILE *out, const struct serve_counts *counts)
{
	fprintf(out, "served %" PRIu64 " requests on %" PRIu64 " connections\n", counts->requests,
		counts->connections);
	for (unsigned i = 0; i < 1000; i++)
		if (counts->status[i])
			fprintf(out, "  [%03u] %" PRIu64 "\n", i, counts->status[i]);
	if (counts->resets)
		fprintf(out, "  reset %" PRIu64 "\n", counts->resets);
	if (counts->faults)
		fprintf(out, "  broken %" PRIu64 "\n", counts->faults);
	if (counts->malformed)
		fprintf(out, "  malformed %" PRIu64 "\n", counts->malformed);
	fprintf(out, "  received %" PRIu64 " bytes, of them %" PRIu64 " in bodies\n", counts->bytes_received,
		counts->body_bytes);
	fprintf(out, "  sent %" PRIu64 " bytes\n", counts->bytes_sent);
	fflush(out);
}

static void write_log(const struct server *server)
{
	FILE *out = server->settings->request_log;
	uint64_t kept = 0, lost = 0;

	if (!out)
		return;
	serve_log_write_head(out);
	for (unsigned i = 0; i < server->shards.count; i++) {
		const struct serve_log *log = server->threads[i]->worker.log;

		serve_log_write(log, i, server->start_ns, out);
		kept += log->count;
		lost += log->lost;
	}
	if (lost && server->settings->out)
		fprintf(server->settings->out,
			"request log: holds %" PRIu64 " of %" PRIu64 " requests (raise --request-log-max)\n",
			kept, kept + lost);
}

static void conclude(const struct server *server)
{
	const struct serve_settings *settings = server->settings;
	struct serve_counts sum;

	serve_counts_sum(&server->shards, &sum);
	if (settings->counts)
		*settings->counts = sum;
	if (settings->out && !settings->quiet)
		report(settings->out, &sum);
	write_log(server);
}

int serve_run(const struct serve_settings *settings, struct vastar_error *err)
{
	struct server server = {
	    .settings = settings, .lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};
	int rc = serve_settings_check(settings, err);

	if (!rc)
		rc = parse_address(&server, err);
	if (!rc)
		rc = new_threads(&server, err);
	if (!rc)
		rc = open_listeners(&server, err);
	if (!rc) {
		rc = start(&server, err);
		if (!rc)
			announce(&server);
		for (unsigned i = 0; i < server.started; i++)
			pthread_join(server.threads[i]->thread, NULL);
		if (!rc)
			conclude(&server);
	}
	deinit(&server);
	return rc;
}
