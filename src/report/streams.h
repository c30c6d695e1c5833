/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* HTTP/2 in the words of the reports for people. */
#ifndef VASTAR_REPORT_STREAMS_H
#define VASTAR_REPORT_STREAMS_H

#include <stdio.h>

#include "report/report.h"

/* Each prints a few words without a newline. */
/* "h2c, up to 10 streams on each connection (the server allows 128)" */
void streams_print_protocol(FILE *out, const struct vastar_plan *plan, const struct streams *streams);
/* "GOAWAY 12 (NO_ERROR 12), RST_STREAM 3 (REFUSED_STREAM 3)"; false: there were none, nothing was printed. */
bool streams_print_ends(FILE *out, const struct streams *streams);

#endif
