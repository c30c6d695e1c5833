/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Figures about the tokens of language models. The result's shard must have tokens. */
#ifndef VASTAR_REPORT_TOKENS_H
#define VASTAR_REPORT_TOKENS_H

#include "report/report.h"

struct token_figures {
	double output_per_s, input_per_s;
	/* Of the second with the most, counted by events, and scaled if usage counts more tokens than events.
	 * 0: repeated runs have no seconds in common. */
	double output_per_s_peak;
	double per_user_per_s;			   /* output, for each connection */
	double good_per_s, good_share;		   /* of all requests that were sent */
	double cost, cost_per_1000, cost_per_hour; /* 0 without a price */
	bool from_usage; /* every response counted its own tokens; else events were counted for the others */
};

struct token_figures token_figures(const struct report *report);

#endif
