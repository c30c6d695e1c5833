/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The server in a thread of the caller, as a client's test would use it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

#include "serve/serve.h"

struct running {
	struct serve_settings settings;
	struct serve_counts counts;
	struct vastar_error err;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	char url[128];
	uint16_t port;
	bool ready, ended;
	int rc;
};

static void on_ready(void *context, const char *url, uint16_t port)
{
	struct running *running = context;

	pthread_mutex_lock(&running->lock);
	snprintf(running->url, sizeof(running->url), "%s", url);
	running->port = port;
	running->ready = true;
	pthread_cond_signal(&running->changed);
	pthread_mutex_unlock(&running->lock);
}

static void *run(void *argument)
{
	struct running *running = argument;

	running->rc = serve_run(&running->settings, &running->err);
	pthread_mutex_lock(&running->lock);
	running->ended = true;
	pthread_cond_signal(&running->changed);
	pthread_mutex_unlock(&running->lock);
	return NULL;
}

/* Starts the server with running->settings and waits until it accepts. */
static void begin(struct running *running)
{
	pthread_mutex_init(&running->lock, NULL);
	pthread_cond_init(&running->changed, NULL);
	running->settings.on_ready = on_ready;
	running->settings.context = running;
	running->settings.counts = &running->counts;
	running->settings.stop_fd = serve_stop_open();
	assert_true(running->settings.stop_fd >= 0);
	assert_int_equal(pthread_create(&running->thread, NULL, run, running), 0);
	pthread_mutex_lock(&running->lock);
	while (!running->ready && !running->ended)
		pthread_cond_wait(&running->changed, &running->lock);
	pthread_mutex_unlock(&running->lock);
	if (!running->ready)
		fail_msg("the server has not started: %s", running->err.text);
}

static void end(struct running *running)
{
	serve_stop(running->settings.stop_fd);
	serve_stop(running->settings.stop_fd);
	pthread_join(running->thread, NULL);
	close(running->settings.stop_fd);
	assert_int_equal(running->rc, 0);
}

static int connect_to(uint16_t port)
{
	struct sockaddr_in to = {
	    .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	assert_true(fd >= 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof(to)), 0);
	return fd;
}

static void exchange(int fd, const char *request, const char *expected)
{
	char response[512];
	size_t used = 0, length = strlen(expected);

	assert_int_equal(send(fd, request, strlen(request), MSG_NOSIGNAL), strlen(request));
	while (used < length) {
		ssize_t got = recv(fd, response + used, length - used, 0);

		assert_true(got > 0);
		used += (size_t)got;
	}
	response[used] = '\0';
	assert_string_equal(response, expected);
}

#define HOST "Host: a\r\n\r\n"
#define HELLO "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 13\r\n\r\nHello, world!"

static void serves_counts_and_stops(void **state)
{
	struct running running = {.rc = -1};
	char expected[64];
	int fd;

	(void)state;
	serve_settings_init(&running.settings);
	running.settings.address = "127.0.0.1:0";
	running.settings.workers = 2;
	begin(&running);
	snprintf(expected, sizeof(expected), "http://127.0.0.1:%u/", running.port);
	assert_string_equal(running.url, expected);
	for (int i = 0; i < 20; i++) {
		fd = connect_to(running.port);
		exchange(fd, "GET / HTTP/1.1\r\n" HOST, HELLO);
		exchange(fd, "GET / HTTP/1.1\r\n" HOST "GET / HTTP/1.1\r\n" HOST, HELLO HELLO);
		close(fd);
	}
	fd = connect_to(running.port); /* open when the server stops, with a partly sent response */
	exchange(fd, "GET /bytes/1000000000 HTTP/1.1\r\n" HOST, "HTTP/1.1 200 OK\r\n");
	end(&running);
	close(fd);
	assert_int_equal(running.counts.requests, 61);
	assert_int_equal(running.counts.status[200], 61);
	assert_int_equal(running.counts.connections, 21);
	assert_true(running.counts.bytes_sent > 60 * strlen(HELLO));
}

/* The port is free as soon as serve_run() returns. */
static void starts_again_on_the_same_port(void **state)
{
	char address[32] = "127.0.0.1:0";

	(void)state;
	for (int i = 0; i < 20; i++) {
		struct running running = {.rc = -1};
		int fd;

		serve_settings_init(&running.settings);
		running.settings.address = address;
		begin(&running);
		fd = connect_to(running.port);
		exchange(fd, "GET / HTTP/1.1\r\n" HOST, HELLO);
		end(&running);
		close(fd);
		snprintf(address, sizeof(address), "127.0.0.1:%u", running.port);
	}
}

static void expect_refused(struct serve_settings settings, enum vastar_status status, const char *part)
{
	struct vastar_error err = {.status = VASTAR_OK};

	assert_int_equal(serve_run(&settings, &err), -(int)status);
	assert_int_equal(err.status, status);
	if (!strstr(err.text, part))
		fail_msg("'%s' is not in: %s", part, err.text);
}

static void invalid_settings_are_refused_with_a_message(void **state)
{
	static const struct {
		const char *address, *part;
	} addresses[] = {
	    {"127.0.0.1", "no port"},
	    {"127.0.0.1:", "no port"},
	    {"127.0.0.1:65536", "no port"},
	    {"127.0.0.1:8k", "no port"},
	    {"", "no port"},
	    {"example.com:80", "no address"},
	    {"0.0.0.0:0", "allow-remote"},
	    {"[::]:0", "allow-remote"},
	    {"192.0.2.1:80", "allow-remote"},
	    {"[::1]", "no port"},
	    {"127.0.0.256:0", "no address"},
	};
	struct serve_settings defaults, settings;

	(void)state;
	serve_settings_init(&defaults);
	defaults.address = "127.0.0.1:0";
	for (size_t i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++) {
		settings = defaults;
		settings.address = addresses[i].address;
		expect_refused(settings, VASTAR_E_USAGE, addresses[i].part);
	}
	settings = defaults;
	settings.allow_any = true;
	settings.address = "192.0.2.1:0"; /* RFC 5737: no host has it */
	expect_refused(settings, VASTAR_E_SYSTEM, "cannot listen");
	settings = defaults;
	settings.workers = 0;
	expect_refused(settings, VASTAR_E_USAGE, "workers 0");
	settings = defaults;
	settings.workers = 2;
	settings.capacity = 3;
	expect_refused(settings, VASTAR_E_USAGE, "one queue");
	settings = defaults;
	settings.status = 199;
	expect_refused(settings, VASTAR_E_USAGE, "status 199");
	settings = defaults;
	settings.sse = true;
	expect_refused(settings, VASTAR_E_USAGE, "chunks");
	settings.stream_chunks = 1;
	settings.stream_bytes = 8;
	expect_refused(settings, VASTAR_E_USAGE, "too small");
	settings = defaults;
	settings.connections = 1u << 31;
	expect_refused(settings, VASTAR_E_SYSTEM, "ulimit -n");
}

static void a_port_in_use_is_refused_for_one_worker_and_for_many(void **state)
{
	struct running running = {.rc = -1};
	struct serve_settings settings;
	char address[32];

	(void)state;
	serve_settings_init(&running.settings);
	running.settings.address = "127.0.0.1:0";
	running.settings.workers = 2;
	begin(&running);
	snprintf(address, sizeof(address), "127.0.0.1:%u", running.port);
	serve_settings_init(&settings);
	settings.address = address;
	for (settings.workers = 1; settings.workers < 4; settings.workers++)
		expect_refused(settings, VASTAR_E_SYSTEM, "another server has it");
	end(&running);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(serves_counts_and_stops),
	    cmocka_unit_test(starts_again_on_the_same_port),
	    cmocka_unit_test(invalid_settings_are_refused_with_a_message),
	    cmocka_unit_test(a_port_in_use_is_refused_for_one_worker_and_for_many),
	};

	return cmocka_run_group_tests_name("serve_run", tests, NULL, NULL);
}
