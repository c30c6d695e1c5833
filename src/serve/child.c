/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "serve/child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"

/* The child's one message: it listens, or why it cannot. */
struct word {
	int rc;
	uint16_t port;
	struct vastar_error error;
};

static void say(int fd, const struct word *word)
{
	ssize_t written = write(fd, word, sizeof(*word)); /* below PIPE_BUF: all of it or nothing */

	(void)written; /* the parent is dead, so the lifeline has ended too */
	close(fd);
}

static void on_ready(void *context, const char *url, uint16_t port)
{
	(void)url;
	say(*(int *)context, &(struct word){.port = port});
}

/* In the child. A terminal's Ctrl-C reaches every process of the job, and so does timeout(1)'s SIGTERM. Only
 * the parent decides when the child ends. */
static void live(const struct serve_settings *wanted, int lifeline, int speaker)
{
	struct serve_settings settings = *wanted;
	struct word word = {0};

	signal(SIGINT, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
	settings.stop_fd = lifeline;
	settings.out = NULL;
	settings.counts = NULL;
	settings.on_ready = on_ready;
	settings.context = &speaker;
	word.rc = serve_run(&settings, &word.error);
	if (word.rc)
		say(speaker, &word);
	_exit(word.rc ? 1 : 0);
}

static int no_child(struct vastar_error *err)
{
	return err_set(err, VASTAR_E_SYSTEM, "a process for the server: cannot be started: %s (ulimit -u -n)",
		       strerror(errno));
}

/* Reads the child's message. It never arrives if the child was killed. */
static int listen_to(struct serve_child *child, int fd, struct vastar_error *err)
{
	struct word word;
	ssize_t got;

	do {
		got = read(fd, &word, sizeof(word));
	} while (got < 0 && errno == EINTR);
	if (got != (ssize_t)sizeof(word))
		return err_set(err, VASTAR_E_SYSTEM,
			       "the process of the server: has ended (is memory short?)");
	if (word.rc && err)
		*err = word.error;
	child->port = word.port;
	return word.rc;
}

int serve_child_start(struct serve_child *child, const struct serve_settings *settings,
		      struct vastar_error *err)
{
	int life[2], speech[2], rc;

	*child = (struct serve_child){.lifeline = -1};
	if (pipe2(life, O_CLOEXEC))
		return no_child(err);
	if (pipe2(speech, O_CLOEXEC)) {
		rc = no_child(err);
		goto err_close_life;
	}
	child->pid = fork();
	if (child->pid < 0) {
		rc = no_child(err);
		child->pid = 0;
		goto err_close_speech;
	}
	if (!child->pid) {
		close(life[1]);
		close(speech[0]);
		live(settings, life[0], speech[1]);
	}
	close(life[0]);
	close(speech[1]);
	child->lifeline = life[1];
	rc = listen_to(child, speech[0], err);
	close(speech[0]);
	if (rc)
		serve_child_stop(child);
	return rc;

err_close_speech:
	close(speech[0]);
	close(speech[1]);
err_close_life:
	close(life[0]);
	close(life[1]);
	return rc;
}

uint64_t serve_child_cpu_ns(const struct serve_child *child)
{
	struct timespec t;
	clockid_t clock;

	if (clock_getcpuclockid(child->pid, &clock) || clock_gettime(clock, &t))
		return 0;
	return (uint64_t)t.tv_sec * NS_PER_S + (uint64_t)t.tv_nsec;
}

void serve_child_stop(struct serve_child *child)
{
	if (!child->pid)
		return;
	close(child->lifeline);
	while (waitpid(child->pid, NULL, 0) < 0 && errno == EINTR)
		;
	*child = (struct serve_child){.lifeline = -1};
}
