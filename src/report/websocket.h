/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* What the reports for people say of WebSocket. */
#ifndef VASTAR_REPORT_WEBSOCKET_H
#define VASTAR_REPORT_WEBSOCKET_H

#include <stdio.h>

#include "report/report.h"

/* Each prints a few words without a newline. */
/* "50, p50 1.00ms, max 2.00ms", and how many a second where connections were made anew */
void websocket_print_handshakes(FILE *out, const struct report *report);
/* "100 received, 3 of them pushed by the server, 2 in fragments, 4 pings" */
void websocket_print_messages(FILE *out, const struct websocket *websocket);
/* "1001 (going away) 3, 1011 (internal error) 1"; false: nothing was printed, there were none. */
bool websocket_print_closes(FILE *out, const struct websocket *websocket);

#endif
