/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "serve/serve.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/nodes.h"
#include "serve/listener.h"
#include "serve/spread.h"
#include "serve/worker.h"

enum {
	CONNECTIONS_MAX = 65536, /* for each worker, unless the settings have more */
	FILES_APART = 64,	 /* descriptors that are not connections */
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
	struct spread spread;
	unsigned started;
	int cpu;	   /* on which it was started */
	uint64_t start_ns; /* connections are accepted */
	struct listener_address address;
	/* Workers set themselves up, report that, and wait for the gate. */
	pthread_mutex_t lock;
	pthread_cond_t changed;
	unsigned ready;
	enum gate gate;
	int rc;
	struct vastar_error error;
	void *prepared; /* TLS; NULL: plain */
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

/* ---- workers ---- */

/* Connections for each worker, after raising the limit as far as possible. The limit also bounds the
 * table of registered files, although its entries do not count against it. 0 with *err if the settings
 * require more. */
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
	enum gate gate;
	int rc;

	nodes_stay("", server->cpu, w->index);
	rc = serve_worker_init(w, &error);

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
	w->client_max = connections;
	w->stop_fd = settings->stop_fd;
	w->listener = -1;
	w->prepared = server->prepared;
	/* The log knows a connection by the slot that it was accepted into. */
	w->spread = settings->workers > 1 && !settings->request_log ? &server->spread : NULL;
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
	if (!server->threads || !server->shards.each || !spread_init(&server->spread, workers))
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

	if (server->shards.count > 1 && listener_port(&server->address))
		rc = listener_check_free(&server->address, err);
	for (unsigned i = 0; i < server->shards.count && !rc; i++)
		rc = listener_open(&server->address, server->shards.count > 1,
				   &server->threads[i]->worker.listener, err);
	return rc;
}

/* Starts the threads and lets them run when all are ready. */
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
	spread_deinit(&server->spread);
	if (server->prepared)
		wrap_discard(server->prepared);
	pthread_mutex_destroy(&server->lock);
	pthread_cond_destroy(&server->changed);
}

/* ---- output ---- */

static void say_trust(const struct serve_settings *settings, const char *url)
{
	if (settings->tls_cert_out)
		fprintf(settings->out, "trusted with: vastar --cacert %s %s\n", settings->tls_cert_out, url);
	else
		fprintf(settings->out, "its certificate is new: --cert-out FILE writes what a client trusts "
				       "with --cacert FILE\n");
}

static void announce(const struct server *server)
{
	const struct serve_settings *settings = server->settings;
	char url[LISTENER_URL_MAX];

	listener_url(&server->address, settings->tls, url, sizeof(url));
	if (settings->out) {
		fprintf(settings->out, "listening on %s\n", url);
		if (settings->tls && !settings->tls_cert_file)
			say_trust(settings, url);
		fflush(settings->out);
	}
	if (settings->on_ready)
		settings->on_ready(settings->context, url, listener_port(&server->address));
}

static void report_tls(FILE *out, const struct serve_counts *counts)
{
	fprintf(out, "  handshakes %" PRIu64 ", resumed %" PRIu64 ", failed %" PRIu64 "\n",
		counts->handshakes, counts->resumed, counts->handshake_errors);
	if (counts->tls_errors)
		fprintf(out, "  broken by TLS errors %" PRIu64 "\n", counts->tls_errors);
}

static void report_http2(FILE *out, const struct serve_counts *counts)
{
	fprintf(out, "  HTTP/2 on %" PRIu64 " of the connections\n", counts->http2_connections);
	if (counts->goaways)
		fprintf(out, "  GOAWAY %" PRIu64 "\n", counts->goaways);
	if (counts->refused_streams)
		fprintf(out, "  refused streams %" PRIu64 "\n", counts->refused_streams);
}

static void report(FILE *out, const struct serve_counts *counts, const struct serve_shards *shards, bool tls)
{
	fprintf(out, "served %" PRIu64 " requests on %" PRIu64 " connections\n", counts->requests,
		counts->connections);
	if (shards->count > 1) {
		fprintf(out, "  connections of each worker:");
		for (unsigned i = 0; i < shards->count; i++)
			fprintf(out, " %" PRIu64, shards->each[i]->connections);
		fputc('\n', out);
	}
	if (tls)
		report_tls(out, counts);
	if (counts->http2_connections)
		report_http2(out, counts);
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
		report(settings->out, &sum, &server->shards, settings->tls);
	write_log(server);
}

static int prepare_tls(struct server *server, struct vastar_error *err)
{
	const struct serve_settings *settings = server->settings;
	char host[INET6_ADDRSTRLEN];
	bool named = listener_host(&server->address, host, sizeof(host));
	int rc = wrap_prepare(settings, named ? host : NULL, &server->prepared, err);
	const char *pem;
	size_t length;

	if (rc)
		return rc;
	pem = wrap_authority(server->prepared, &length);
	return pem && settings->on_certificate ? settings->on_certificate(settings->context, pem, length, err)
					       : 0;
}

int serve_run(const struct serve_settings *settings, struct vastar_error *err)
{
	struct server server = {.settings = settings,
				.cpu = sched_getcpu(),
				.lock = PTHREAD_MUTEX_INITIALIZER,
				.changed = PTHREAD_COND_INITIALIZER};
	int rc = serve_settings_check(settings, err);

	if (!rc)
		rc = listener_address_parse(&server.address, settings->address, settings->allow_any, err);
	if (!rc)
		rc = prepare_tls(&server, err);
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
