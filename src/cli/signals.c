/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "cli/signals.h"

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <unistd.h>

#include "cli/exit.h"
#include "cli/output.h"
#include "cli/progress.h"

static volatile sig_atomic_t received;
static void (*volatile stop_function)(void *context);
static void *volatile stop_context;

static void on_end(int signal)
{
	if (received) {
		progress_restore_cursor();
		output_abandon_all();
		_exit(EXIT_SIGNAL + signal);
	}
	received = signal;
	if (stop_function)
		stop_function(stop_context);
}

/* Restores the terminal, removes partial files, and raises the signal again for its default action
 * (SA_RESETHAND has removed the handler). */
static void on_death(int signal)
{
	progress_restore_cursor();
	output_abandon_all();
	raise(signal);
}

static void handle(int signal, void (*handler)(int), int flags)
{
	struct sigaction action = {.sa_handler = handler, .sa_flags = flags};

	sigemptyset(&action.sa_mask);
	sigaction(signal, &action, NULL);
}

static bool is_default(int signal)
{
	struct sigaction action;

	return !sigaction(signal, NULL, &action) && !(action.sa_flags & SA_SIGINFO) &&
	       action.sa_handler == SIG_DFL;
}

static void on_suspend(int signal)
{
	progress_restore_cursor();
	handle(signal, SIG_DFL, 0);
	raise(signal);
}

static void on_continue(int signal)
{
	(void)signal;
	handle(SIGTSTP, on_suspend, SA_RESTART); /* the next frame hides the cursor again */
}

void signals_install(void (*stop)(void *context), void *context)
{
	/* Other signals that end a program by default. */
	static const int deaths[] = {SIGQUIT, SIGILL,  SIGTRAP, SIGABRT,   SIGBUS,  SIGFPE,  SIGUSR1, SIGSEGV,
				     SIGUSR2, SIGALRM, SIGPOLL, SIGVTALRM, SIGPROF, SIGXCPU, SIGSYS};

	stop_context = context;
	stop_function = stop;
	handle(SIGINT, on_end, SA_RESTART);
	handle(SIGTERM, on_end, SA_RESTART);
	if (is_default(SIGHUP)) /* ignored under nohup(1): the run must outlive its terminal */
		handle(SIGHUP, on_end, SA_RESTART);
	for (size_t i = 0; i < sizeof(deaths) / sizeof(deaths[0]); i++)
		if (is_default(deaths[i])) /* a sanitizer has its own handlers */
			handle(deaths[i], on_death, (int)SA_RESETHAND);
	if (is_default(SIGTSTP)) {
		handle(SIGTSTP, on_suspend, SA_RESTART);
		handle(SIGCONT, on_continue, SA_RESTART);
	}
}

void signals_disarm(void)
{
	stop_function = NULL;
}

void signals_ignore_broken_output(void)
{
	handle(SIGPIPE, SIG_IGN, 0);
	handle(SIGXFSZ, SIG_IGN, 0);
}

int signals_received(void)
{
	return received;
}
