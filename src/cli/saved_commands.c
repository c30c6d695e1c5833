/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The commands that work on results of earlier runs, and calibrate, whose result is for later ones. */
#include <limits.h>

#include "cli/options.h"
#include "plan/plan.h"

static const struct option merge_rows[] = {
#define MERGE_OPTIONS
#define OPTION(...) OPTION_ROW(merge_options, __VA_ARGS__)
#include "cli/options.def"
#undef OPTION
#undef MERGE_OPTIONS
};

static const struct option compare_rows[] = {
#define COMPARE_OPTIONS
#define OPTION(...) OPTION_ROW(compare_options, __VA_ARGS__)
#include "cli/options.def"
#undef OPTION
#undef COMPARE_OPTIONS
};

static const struct option calibrate_rows[] = {
#define CALIBRATE_OPTIONS
#define OPTION(...) OPTION_ROW(calibrate_options, __VA_ARGS__)
#include "cli/options.def"
#undef OPTION
#undef CALIBRATE_OPTIONS
};

const struct command merge_command = {
    .name = "merge",
    .usage = "vastar merge [OPTIONS] FILE...",
    .about = "Runs of several machines or times as one report, from the JSON that each has written (-o "
	     "json); - is "
	     "standard input.",
    .positional = "FILE",
    .positional_most = UINT_MAX,
    .options = merge_rows,
    .option_count = sizeof(merge_rows) / sizeof(merge_rows[0]),
    .epilog = "Examples:\n"
	      "  vastar merge here.json there.json\n"
	      "  vastar merge -o json monday.json tuesday.json > both.json\n"
	      "  vastar merge result.json     prints the report of one\n"
	      "\n"
	      "Percentiles come from the full histograms of all runs. Runs that overlap in time add their "
	      "rates; of runs\n"
	      "one after the other the rate is that of one at a time.\n"
	      "\n"
	      "Exit status:\n"
	      "  0 done, 1 a file could not be read or nothing was answered, 2 wrong usage, no result of "
	      "vastar's, or "
	      "runs\n"
	      "  that cannot be merged, 3 an SLO target was missed\n",
};

const struct command compare_command = {
    .name = "compare",
    .usage = "vastar compare [OPTIONS] BASE NEW",
    .about = "Two results side by side, from the JSON that each run has written (-o json), with the change "
	     "of each "
	     "figure and whether it stands out of the noise.",
    .positional = "FILE",
    .positional_most = 2,
    .options = compare_rows,
    .option_count = sizeof(compare_rows) / sizeof(compare_rows[0]),
    .epilog = "Examples:\n"
	      "  vastar --repeats 5 -z 10s -o json http://127.0.0.1:8080/ > base.json\n"
	      "  vastar compare --max-regression p99=10%,rps=5% base.json new.json\n"
	      "\n"
	      "One run says little about the next: only results of --repeats 5 or more carry a verdict. A "
	      "gate fails when\n"
	      "the 99.9 % interval of the change lies wholly beyond its limit.\n"
	      "\n"
	      "Exit status:\n"
	      "  0 done, 1 a file could not be read, 2 wrong usage, no result of vastar's, or results that "
	      "cannot be\n"
	      "  compared, 3 a gate of --max-regression failed\n",
};

const struct command calibrate_command = {
    .name = "calibrate",
    .usage = "vastar calibrate [OPTIONS]",
    .about = "What vastar reaches on this host at most, against its own server: a table of workers and "
	     "concurrency.",
    .options = calibrate_rows,
    .option_count = sizeof(calibrate_rows) / sizeof(calibrate_rows[0]),
    .epilog = "Examples:\n"
	      "  vastar calibrate\n"
	      "  vastar calibrate -o json > host.json\n"
	      "  vastar -z 10s --calibration host.json http://127.0.0.1:8080/\n"
	      "\n"
	      "Client and server share this host's processors, each with as many threads as the row has "
	      "workers. Let nothing\n"
	      "else run meanwhile.\n"
	      "\n"
	      "Exit status:\n"
	      "  0 done, 1 could not run, 2 wrong usage, 128 + N interrupted by signal N (after the "
	      "report)\n",
};
