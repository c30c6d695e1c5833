/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "export/scrape.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "serve/listener.h"

enum {
	CLIENTS = 16,
	HEAD_MAX = 4096, /* of a request */
	ANSWER_HEAD_MAX = 256,
	CLIENT_LIMIT_MS = 5000,
	RENDER_EVERY_MS = 100,
	TURN_PAUSE_MS = 2, /* at most 500 turns per second, whatever clients do */
	NICE = 10,
};

struct client {
	int fd; /* -1: free */
	uint64_t until_ns;
	size_t received;
	char head[HEAD_MAX + 1];
	char *response; /* owned; NULL: the request is not complete */
	size_t length, sent;
	bool whole; /* the text itself, not an error */
};

struct scrape {
	pthread_t thread;
	int listener, stop;
	scrape_render *render;
	void *context;
	char url[LISTENER_URL_MAX + 16];
	char *text; /* as last rendered; owned */
	size_t text_length;
	uint64_t rendered_ns; /* 0: never */
	bool read;	      /* atomic */
	struct client clients[CLIENTS];
};

/* ---- responses ---- */

/* False: out of memory. */
static bool render(struct scrape *scrape, uint64_t now_ns)
{
	char *text = NULL;
	size_t length = 0;
	FILE *out;

	if (scrape->rendered_ns && now_ns - scrape->rendered_ns < RENDER_EVERY_MS * NS_PER_MS)
		return true;
	out = open_memstream(&text, &length);
	if (!out)
		return false;
	scrape->render(scrape->context, out);
	if (fclose(out) || !text) {
		free(text);
		return false;
	}
	free(scrape->text);
	scrape->text = text;
	scrape->text_length = length;
	scrape->rendered_ns = now_ns;
	return true;
}

static bool respond(struct client *client, const char *status, const char *body, size_t length,
		    bool with_body)
{
	size_t head;

	client->response = malloc(ANSWER_HEAD_MAX + length);
	if (!client->response)
		return false;
	head = (size_t)snprintf(client->response, ANSWER_HEAD_MAX,
				"HTTP/1.1 %s\r\nContent-Type: text/plain; version=0.0.4; charset=utf-8\r\n"
				"Content-Length: %zu\r\nConnection: close\r\n\r\n",
				status, length);
	if (with_body)
		memcpy(client->response + head, body, length);
	client->length = head + (with_body ? length : 0);
	return true;
}

static bool respond_error(struct client *client, const char *status)
{
	char body[64];
	int length = snprintf(body, sizeof(body), "%s\n", status);

	return respond(client, status, body, (size_t)length, true);
}

/* The target of the request line, in place; NULL: not a request. */
static const char *target_of(char *head, const char **methodp)
{
	char *end = strpbrk(head, "\r\n"), *space = strchr(head, ' '), *target = space ? space + 1 : NULL;
	char *query;

	if (!end || !target || space > end)
		return NULL;
	*end = *space = '\0';
	space = strchr(target, ' ');
	if (!space || strncmp(space + 1, "HTTP/1.", 7) != 0)
		return NULL;
	*space = '\0';
	query = strchr(target, '?');
	if (query)
		*query = '\0';
	*methodp = head;
	return target;
}

/* The head is complete. False: close the connection. */
static bool answer(struct scrape *scrape, struct client *client, uint64_t now_ns)
{
	const char *method, *target = target_of(client->head, &method);
	bool get = target && !strcmp(method, "GET"), head = target && !strcmp(method, "HEAD");

	if (!target)
		return respond_error(client, "400 Bad Request");
	if (!get && !head)
		return respond_error(client, "405 Method Not Allowed");
	if (strcmp(target, "/metrics") != 0 && strcmp(target, "/") != 0)
		return respond_error(client, "404 Not Found");
	if (!render(scrape, now_ns))
		return respond_error(client, "503 Service Unavailable");
	client->whole = get;
	return respond(client, "200 OK", scrape->text, scrape->text_length, get);
}

/* ---- connections ---- */

static void drop(struct client *client)
{
	close(client->fd);
	free(client->response);
	client->response = NULL;
	client->fd = -1;
}

/* False: close the connection. */
static bool receive(struct scrape *scrape, struct client *client, uint64_t now_ns)
{
	ssize_t got = recv(client->fd, client->head + client->received, HEAD_MAX - client->received, 0);

	if (got <= 0)
		return got < 0 && (errno == EAGAIN || errno == EINTR);
	client->received += (size_t)got;
	client->head[client->received] = '\0';
	if (strlen(client->head) != client->received) /* no request contains a NUL */
		return respond_error(client, "400 Bad Request");
	if (strstr(client->head, "\r\n\r\n") || strstr(client->head, "\n\n"))
		return answer(scrape, client, now_ns);
	return client->received < HEAD_MAX || respond_error(client, "431 Request Header Fields Too Large");
}

/* False: close the connection, or everything is sent. */
static bool transmit(struct scrape *scrape, struct client *client)
{
	ssize_t sent = send(client->fd, client->response + client->sent, client->length - client->sent,
			    MSG_NOSIGNAL | MSG_DONTWAIT);

	if (sent < 0)
		return errno == EAGAIN || errno == EINTR;
	client->sent += (size_t)sent;
	if (client->sent < client->length)
		return true;
	shutdown(client->fd, SHUT_WR);
	if (client->whole)
		__atomic_store_n(&scrape->read, true, __ATOMIC_RELEASE);
	return false;
}

/* If all slots are in use, closes the oldest connection. */
static struct client *place_for(struct scrape *scrape)
{
	struct client *oldest = &scrape->clients[0];

	for (unsigned i = 0; i < CLIENTS; i++) {
		struct client *client = &scrape->clients[i];

		if (client->fd < 0)
			return client;
		if (client->until_ns < oldest->until_ns)
			oldest = client;
	}
	drop(oldest);
	return oldest;
}

static void accept_one(struct scrape *scrape, uint64_t now_ns)
{
	int fd = accept4(scrape->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	struct client *client;

	if (fd < 0)
		return;
	client = place_for(scrape);
	client->fd = fd;
	client->until_ns = now_ns + CLIENT_LIMIT_MS * NS_PER_MS;
	client->received = client->length = client->sent = 0;
	client->whole = false;
}

static void serve_client(struct scrape *scrape, struct client *client, short events, uint64_t now_ns)
{
	bool stays = now_ns < client->until_ns;

	if (stays && events && !client->response)
		stays = receive(scrape, client, now_ns);
	if (stays && client->response)
		stays = transmit(scrape, client);
	if (!stays)
		drop(client);
}

/* ---- the thread ---- */

static void turn(struct scrape *scrape, const struct pollfd *polled)
{
	uint64_t now_ns = clock_now_ns();

	for (unsigned i = 0; i < CLIENTS; i++)
		if (scrape->clients[i].fd >= 0)
			serve_client(scrape, &scrape->clients[i], polled[2 + i].revents, now_ns);
	if (polled[1].revents)
		accept_one(scrape, now_ns);
}

static void *scrape_main(void *context)
{
	static const struct timespec pause = {.tv_nsec = TURN_PAUSE_MS * (long)NS_PER_MS};
	struct scrape *scrape = context;
	struct pollfd polled[2 + CLIENTS];

	setpriority(PRIO_PROCESS, 0, NICE); /* of this thread, on Linux */
	for (;;) {
		polled[0] = (struct pollfd){.fd = scrape->stop, .events = POLLIN};
		polled[1] = (struct pollfd){.fd = scrape->listener, .events = POLLIN};
		for (unsigned i = 0; i < CLIENTS; i++)
			polled[2 + i] =
			    (struct pollfd){.fd = scrape->clients[i].fd,
					    .events = scrape->clients[i].response ? POLLOUT : POLLIN};
		poll(polled, 2 + CLIENTS, CLIENT_LIMIT_MS / 5);
		if (polled[0].revents)
			return NULL;
		turn(scrape, polled);
		nanosleep(&pause, NULL);
	}
}

static void free_scrape(struct scrape *scrape)
{
	for (unsigned i = 0; i < CLIENTS; i++)
		if (scrape->clients[i].fd >= 0)
			drop(&scrape->clients[i]);
	if (scrape->listener >= 0)
		close(scrape->listener);
	if (scrape->stop >= 0)
		close(scrape->stop);
	free(scrape->text);
	free(scrape);
}

/* Signals are for the main thread. */
static int start_thread(struct scrape *scrape)
{
	sigset_t all, before;
	int rc;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	rc = pthread_create(&scrape->thread, NULL, scrape_main, scrape);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return rc;
}

int scrape_start(struct scrape **scrapep, const char *option, const char *address, scrape_render *show,
		 void *context, struct vastar_error *err)
{
	struct listener_address where;
	struct vastar_error why;
	struct scrape *scrape;
	int rc = listener_address_parse(&where, address, true, &why), failed;

	if (rc)
		return err_set(err, why.status, "%s: %.400s", option, why.text);
	scrape = calloc(1, sizeof(*scrape));
	if (!scrape)
		return err_nomem(err, option);
	scrape->render = show;
	scrape->context = context;
	scrape->listener = scrape->stop = -1;
	for (unsigned i = 0; i < CLIENTS; i++)
		scrape->clients[i].fd = -1;
	rc = listener_open(&where, false, &scrape->listener, &why);
	if (rc) {
		free_scrape(scrape);
		return err_set(err, why.status, "%s: %.400s", option, why.text);
	}
	fcntl(scrape->listener, F_SETFL, O_NONBLOCK);
	listener_url(&where, false, scrape->url, sizeof(scrape->url));
	strcat(scrape->url, "metrics");
	scrape->stop = eventfd(0, EFD_CLOEXEC);
	failed = scrape->stop < 0 ? errno : start_thread(scrape);
	if (failed) {
		free_scrape(scrape);
		return err_set(err, VASTAR_E_SYSTEM, "%s: its thread cannot be started: %s (leave it out)",
			       option, strerror(failed));
	}
	*scrapep = scrape;
	return 0;
}

const char *scrape_url(const struct scrape *scrape)
{
	return scrape->url;
}

bool scrape_was_read(const struct scrape *scrape)
{
	return __atomic_load_n(&scrape->read, __ATOMIC_ACQUIRE);
}

void scrape_forget(struct scrape *scrape)
{
	__atomic_store_n(&scrape->read, false, __ATOMIC_RELEASE);
}

void scrape_stop(struct scrape *scrape)
{
	static const uint64_t one = 1;

	if (!scrape)
		return;
	if (write(scrape->stop, &one, sizeof(one)) == (ssize_t)sizeof(one))
		pthread_join(scrape->thread, NULL);
	free_scrape(scrape);
}
