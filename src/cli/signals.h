/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Signals: the first SIGINT, SIGTERM or SIGHUP requests an early end, the second ends the program. */
#ifndef VASTAR_CLI_SIGNALS_H
#define VASTAR_CLI_SIGNALS_H

/* Calls stop(context) from the handler of the first such signal: it must be async-signal-safe. Also makes
 * sure that the cursor is visible again before a signal stops or kills the program. */
void signals_install(void (*stop)(void *context), void *context);

/* stop() is no longer called, since the run has ended. A second signal still ends the program. */
void signals_disarm(void);

/* A closed pipe and a full quota become errors of write(), with a message, instead of killing the program. */
void signals_ignore_broken_output(void);

int signals_received(void); /* the signal that requested the end; 0: none */

#endif
