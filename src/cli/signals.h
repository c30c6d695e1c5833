/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Signals: the first SIGINT, SIGTERM or SIGHUP asks for an early end, the second one ends the program. */
#ifndef VASTAR_CLI_SIGNALS_H
#define VASTAR_CLI_SIGNALS_H

/* Calls stop(context) from the handler of the first such signal: it must be async-signal-safe. Also sees to
 * it that the cursor comes back before the program is stopped or killed by a signal. */
void signals_install(void (*stop)(void *context), void *context);

/* stop() is not called any more: what it would stop has ended. A second signal still ends the program. */
void signals_disarm(void);

/* A closed pipe and a full quota become errors of write(), with a sentence, instead of deaths. */
void signals_ignore_broken_output(void);

int signals_received(void); /* the signal that asked for the end; 0: none */

#endif
