/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "export/push.h"

#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "export/post.h"

enum { LAST_TRIES = 3, SAID_MAX = 512, WHY_MAX = 300 };

#define EVERY_NS NS_PER_S

struct push {
	const struct post_module *module;
	struct post *post;
	push_render *render;
	void *context;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	bool ends; /* guarded by the lock */
	/* The thread's, until it has ended. */
	uint64_t posts, failures;
	bool last_failed;
	char why[WHY_MAX]; /* of the newest failure */
};

/* ---- one post ---- */

/* A collector of OpenTelemetry may take a part only, and say so in a response of 200. */
static bool is_partial(const char *said)
{
	const char *rejected = strstr(said, "\"rejectedDataPoints\"");

	return rejected && strpbrk(rejected, "123456789") != NULL;
}

static bool succeeded(struct push *push, long status, const char *said)
{
	if (status >= 200 && status < 300 && !is_partial(said))
		return true;
	if (status >= 200 && status < 300)
		snprintf(push->why, WHY_MAX, "a part was rejected: %.200s", said);
	else if (status)
		snprintf(push->why, WHY_MAX, "HTTP %ld %.200s", status, said);
	return false;
}

/* False: the server is busy, and another try may help (opentelemetry-proto, docs/specification.md). */
static bool post_once(struct push *push)
{
	char *text = NULL, said[SAID_MAX];
	size_t length = 0;
	FILE *out = open_memstream(&text, &length);
	bool arrived = true;
	long status = 0;

	if (out)
		push->render(push->context, out);
	if (!out || fclose(out) || !text) {
		free(text);
		snprintf(push->why, WHY_MAX, "out of memory");
		push->posts++;
		push->failures++;
		push->last_failed = true;
		return true;
	}
	if (length) {
		status = push->module->send(push->post, text, length, said, sizeof(said), push->why, WHY_MAX);

		arrived = succeeded(push, status, said);
		push->posts++;
		push->failures += !arrived;
	}
	free(text);
	push->last_failed = !arrived;
	return status != 429 && status != 502 && status != 503 && status != 504;
}

/* ---- the thread ---- */

/* True: the end has come. */
static bool wait_for_end(struct push *push, uint64_t until_ns)
{
	struct timespec until = {.tv_sec = (time_t)(until_ns / NS_PER_S),
				 .tv_nsec = (long)(until_ns % NS_PER_S)};
	bool ends;

	pthread_mutex_lock(&push->lock);
	while (!push->ends && clock_now_ns() < until_ns)
		pthread_cond_timedwait(&push->changed, &push->lock, &until);
	ends = push->ends;
	pthread_mutex_unlock(&push->lock);
	return ends;
}

static void *push_main(void *context)
{
	struct push *push = context;

	while (!wait_for_end(push, clock_now_ns() + EVERY_NS))
		post_once(push);
	for (int i = 0; i < LAST_TRIES && !post_once(push); i++)
		;
	return NULL;
}

static void free_push(struct push *push)
{
	if (push->post)
		push->module->close(push->post);
	pthread_cond_destroy(&push->changed);
	pthread_mutex_destroy(&push->lock);
	free(push);
}

/* Signals are for the main thread. */
static int start_thread(struct push *push)
{
	sigset_t all, before;
	int rc;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	rc = pthread_create(&push->thread, NULL, push_main, push);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return rc;
}

int push_start(struct push **pushp, const char *option, const char *url, const char *content_type,
	       push_render *render, void *context, struct vastar_error *err)
{
	char type[100];
	const char *const headers[] = {type, "Expect:", NULL};
	const struct post_module *module;
	pthread_condattr_t attributes;
	struct push *push;

	if (strncmp(url, "http://", 7) != 0 && strncmp(url, "https://", 8) != 0)
		return err_set(err, VASTAR_E_USAGE,
			       "%s '%.100s': not a URL (it begins with http:// or https://)", option, url);
	module = post_module_load(err);
	push = module ? calloc(1, sizeof(*push)) : NULL;
	if (!push)
		return module ? err_nomem(err, option) : -(int)err->status;
	snprintf(type, sizeof(type), "Content-Type: %s", content_type);
	push->module = module;
	push->render = render;
	push->context = context;
	pthread_mutex_init(&push->lock, NULL);
	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&push->changed, &attributes);
	pthread_condattr_destroy(&attributes);
	push->post = module->open(url, headers);
	if (!push->post || start_thread(push)) {
		free_push(push);
		return err_nomem(err, option);
	}
	*pushp = push;
	return 0;
}

bool push_stop(struct push *push, char *text, size_t size)
{
	bool lost;

	if (!push)
		return false;
	pthread_mutex_lock(&push->lock);
	push->ends = true;
	pthread_cond_signal(&push->changed);
	pthread_mutex_unlock(&push->lock);
	pthread_join(push->thread, NULL);
	lost = push->failures > 0;
	if (lost)
		snprintf(text, size, "%" PRIu64 " of %" PRIu64 " posts failed, %s: %s", push->failures,
			 push->posts, push->last_failed ? "the last one too" : "but not the last one",
			 push->why);
	free_push(push);
	return lost;
}
