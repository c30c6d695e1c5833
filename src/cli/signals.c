/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "cli/signals.h"

#include <signal.h>
#include <stddef.h>
#include <unistd.h>

#include "cli/exit.h"
#include "cli/progress.h"

static volatile sig_atomic_t received;
static void (*stop_function)(void *context);
static void *stop_context;

static void on_end(int signal)
{
	if (received) {
		progress_restore_cursor();
		_exit(EXIT_SIGNAL + signal);
	}
	received = signal;
	stop_function(stop_context);
}

/* Leaves the terminal as it was, then does what the signal does by default (the handler is gone:
 * SA_RESETHAND). */
static void on_death(int signal)
{
	progress_restore_cursor();
	raise(signal);
}

static void handle(int signal, void (*handler)(int), int flags)
{
	struct sigaction action = {.sa_handler = handler, .sa_flags = flags};

	sigemptyset(&action.sa_mask);
	sigaction(signal, &action, NULL);
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
	static const int ends[] = {SIGINT, SIGTERM, SIGHUP};
	static const int deaths[] = {SIGQUIT, SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL};

	stop_function = stop;
	stop_context = context;
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		handle(ends[i], on_end, SA_RESTART);
	for (size_t i = 0; i < sizeof(deaths) / sizeof(deaths[0]); i++)
		handle(deaths[i], on_death, (int)SA_RESETHAND);
	handle(SIGTSTP, on_suspend, SA_RESTART);
	handle(SIGCONT, on_continue, SA_RESTART);
	handle(SIGPIPE, SIG_IGN, 0);
}

int signals_received(void)
{
	return received;
}
