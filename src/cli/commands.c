/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The commands as tables: their options, with rows from options.def, and the texts of their help. */
#include "cli/commands.h"

#include <limits.h>

#include "plan/plan.h"

static const struct option bench_rows[] = {
#define BENCH_OPTIONS
#define OPTION(...) OPTION_ROW(bench_options, __VA_ARGS__)
#include "cli/options.def"
#undef OPTION
#undef BENCH_OPTIONS
};

static const struct option grpc_rows[] = {
#define GRPC_OPTIONS
#define OPTION(...) OPTION_ROW(bench_options, __VA_ARGS__)
#include "cli/options.def"
#undef OPTION
#undef GRPC_OPTIONS
};

static const struct option ai_rows[] = {
#define AI_OPTIONS
#define OPTION(...) OPTION_ROW(bench_options, __VA_ARGS__)
#include "cli/options.def"
#undef OPTION
#undef AI_OPTIONS
};

static const struct option sweep_rows[] = {
#define SWEEP_OPTIONS
#define OPTION(...) OPTION_ROW(sweep_options, __VA_ARGS__)
#include "cli/options.def"
#undef OPTION
#undef SWEEP_OPTIONS
};

static const struct option serve_rows[] = {
#define SERVE_OPTIONS
#define OPTION(...) OPTION_ROW(serve_options, __VA_ARGS__)
#include "cli/options.def"
#undef OPTION
#undef SERVE_OPTIONS
};

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

const struct command bench_command = {
    .usage = "vastar [OPTIONS] URL\n       vastar grpc --call SERVICE/METHOD [OPTIONS] HOST:PORT\n       "
	     "vastar sweep [OPTIONS] URL\n       vastar serve [OPTIONS] [ADDR:PORT]\n"
	     "       vastar merge [OPTIONS] FILE...\n       vastar compare [OPTIONS] BASE NEW\n"
	     "       vastar calibrate [OPTIONS]\n"
	     "       vastar help [grpc|sweep|serve|merge|compare|calibrate]\n"
	     "       vastar help [man|bash|zsh|fish]",
    .about = "HTTP load generator: measures how fast a server responds and explains the numbers.",
    .positional = "URL",
    .positional_most = 1,
    .options = bench_rows,
    .option_count = sizeof(bench_rows) / sizeof(bench_rows[0]),
    .epilog =
	"Examples:\n"
	"  vastar http://127.0.0.1:8080/\n"
	"  vastar -z 30s -c 200 http://127.0.0.1:8080/\n"
	"  vastar -n 3000 -c 300 -m POST -T application/json -d '{\"prompt\":\"bench\"}' "
	"http://127.0.0.1:8080/\n"
	"  vastar -z 10s --slo-target 'p99=50ms,errors<0.1%' -o json http://127.0.0.1:8080/ > result.json\n"
	"  vastar -z 1m --out json=run.json --out csv-intervals=run.csv http://127.0.0.1:8080/\n"
	"  vastar -z 1m -o ndjson http://127.0.0.1:8080/ | jq 'select(.event == \"interval\") | .rps'\n"
	"\n"
	"Exit status:\n"
	"  0 done, 1 could not run or got no response, 2 wrong usage,\n"
	"  3 an SLO target was missed, or with --strict the verdict is not ok,\n"
	"  128 + N interrupted by signal N (after the report)\n"
	"\n"
	"Environment:\n"
	"  NO_COLOR                 set: no colours unless --color always\n"
	"  VASTAR_DISABLE_FEATURES  for tests: kernel features to do without, or \"all\"\n"
	"  VASTAR_SWING_WORKERS     for tests: the number of workers swings up to this\n",
};

const struct command grpc_command = {
    .name = "grpc",
    .usage =
	"vastar grpc --call SERVICE/METHOD [OPTIONS] HOST:PORT\n       vastar grpc list [OPTIONS] HOST:PORT\n"
	"       vastar grpc describe [OPTIONS] [NAME] HOST:PORT",
    .about = "Calls a gRPC method, again and again: a benchmark like the one of a URL, over HTTP/2. "
	     "https://HOST:PORT is TLS.",
    .positional = "HOST:PORT",
    .positional_most = 1,
    .options = grpc_rows,
    .option_count = sizeof(grpc_rows) / sizeof(grpc_rows[0]),
    .epilog =
	"Examples:\n"
	"  vastar grpc --proto echo.proto --call demo.Echo/Say -d '{\"text\": \"hello\"}' 127.0.0.1:50051\n"
	"  vastar grpc --call demo.Echo/Say --raw hello.bin -z 10s -c 10 --streams 10 127.0.0.1:50051\n"
	"  vastar grpc --proto echo.proto --call demo.Echo/Say -d @message.json --rate 2000 "
	"https://127.0.0.1:50052\n"
	"  vastar grpc list 127.0.0.1:50051                     the methods of a server with reflection\n"
	"  vastar grpc describe demo.Echo/Say 127.0.0.1:50051   a method, with its messages\n"
	"  vastar sweep --call demo.Echo/Say --proto echo.proto -d '{}' 127.0.0.1:50051\n"
	"\n"
	"Exit status: as vastar. A response whose status is not OK is no success.\n",
};

const struct command ai_command = {
    .name = "ai-bench",
    .usage = "vastar ai-bench [OPTIONS] URL",
    .about =
	"Measures a language model behind an API like OpenAI's: times to the first token and between tokens, "
	"tokens per second, goodput.",
    .positional = "URL",
    .positional_most = 1,
    .options = ai_rows,
    .option_count = sizeof(ai_rows) / sizeof(ai_rows[0]),
    .epilog = "Examples:\n"
	      "  vastar ai-bench -c 8 -n 200 --model llama http://127.0.0.1:8000/\n"
	      "  vastar ai-bench --rate 5 --arrivals poisson -c 200 -z 5m --input-tokens 500..1500 "
	      "--output-tokens 300 "
	      "http://127.0.0.1:8000/v1/completions\n"
	      "  vastar ai-bench --prompts questions.txt --goodput ttft=500ms,tpot=50ms --price 0.15,0.60 "
	      "https://127.0.0.1/v1\n"
	      "\n"
	      "A URL without a path means /v1/chat/completions. Exit status: as vastar.\n",
};

const struct command sweep_command = {
    .name = "sweep",
    .usage = "vastar sweep [OPTIONS] URL",
    .about = "Measures several levels of concurrency, rejects the unhealthy ones, and finds the knee of the "
	     "throughput-latency curve.",
    .positional = "URL",
    .positional_most = 1,
    .options = sweep_rows,
    .option_count = sizeof(sweep_rows) / sizeof(sweep_rows[0]),
    .epilog =
	"Examples:\n"
	"  vastar sweep http://127.0.0.1:8080/\n"
	"  vastar sweep --conc 10..1000:log=6 --repeats 3 http://127.0.0.1:8080/\n"
	"  vastar sweep -o json http://127.0.0.1:8080/ > sweep.json; jq .sweet_spot.concurrency sweep.json\n"
	"  vastar sweep --vs http://127.0.0.1:9000/ http://127.0.0.1:8080/     a gateway against its "
	"upstream\n"
	"\n"
	"Exit status:\n"
	"  0 done, 1 no response arrived or the target was lost, 2 wrong usage, 3 no level passed the "
	"gates,\n"
	"  128 + N interrupted by signal N (after the report)\n",
};

const struct command serve_command = {
    .name = "serve",
    .usage = "vastar serve [OPTIONS] [ADDR:PORT]",
    .about = "An HTTP server with known behaviour, to try vastar on [default: "
	     "127.0.0.1:8080; "
	     "port 0 picks one].",
    .positional = "address",
    .positional_most = 1,
    .options = serve_rows,
    .option_count = sizeof(serve_rows) / sizeof(serve_rows[0]),
    .epilog = "Paths:\n"
	      "  /status/NNN /bytes/N /chunked/N /stream/COUNT/SIZE/GAP_MS /delay/MS /headers/N /echo /gzip\n"
	      "  /redirect/CODE/PATH /close /reset /until-close/N /head-split/N /ws, and /counts: what was "
	      "served so far\n",
};

const struct command merge_command = {
    .name = "merge",
    .usage = "vastar merge [OPTIONS] FILE...",
    .about = "Merges runs of several machines or times into one report, from the JSON of each (-o json); - "
	     "is standard input.",
    .positional = "FILE",
    .positional_most = UINT_MAX,
    .options = merge_rows,
    .option_count = sizeof(merge_rows) / sizeof(merge_rows[0]),
    .epilog =
	"Examples:\n"
	"  vastar merge here.json there.json\n"
	"  vastar merge -o json monday.json tuesday.json > both.json\n"
	"  vastar merge result.json     prints the report of one\n"
	"\n"
	"Percentiles come from the full histograms of all runs. The rates of runs that overlap in\n"
	"time add up; runs one after the other are averaged.\n"
	"\n"
	"Exit status:\n"
	"  0 done, 1 a file could not be read or no response arrived, 2 wrong usage, not vastar results,\n"
	"  or runs that cannot be merged, 3 an SLO target was missed\n",
};

const struct command compare_command = {
    .name = "compare",
    .usage = "vastar compare [OPTIONS] BASE NEW",
    .about = "Compares two results, from the JSON of each (-o json): how each figure changed, and whether "
	     "that is more than noise.",
    .positional = "FILE",
    .positional_most = 2,
    .options = compare_rows,
    .option_count = sizeof(compare_rows) / sizeof(compare_rows[0]),
    .epilog = "Examples:\n"
	      "  vastar --repeats 5 -z 10s -o json http://127.0.0.1:8080/ > base.json\n"
	      "  vastar compare --max-regression p99=10%,rps=5% base.json new.json\n"
	      "\n"
	      "One run says little about the next: only results of --repeats 5 or more get a verdict. A\n"
	      "gate fails when the whole 99.9 % interval of the change is beyond its limit.\n"
	      "\n"
	      "Exit status:\n"
	      "  0 done, 1 a file could not be read, 2 wrong usage, not vastar results, or results that\n"
	      "  cannot be compared, 3 a gate of --max-regression failed\n",
};

const struct command calibrate_command = {
    .name = "calibrate",
    .usage = "vastar calibrate [OPTIONS]",
    .about =
	"Measures the most that vastar reaches on this host, against its own server: a table of workers and "
	"concurrency.",
    .options = calibrate_rows,
    .option_count = sizeof(calibrate_rows) / sizeof(calibrate_rows[0]),
    .epilog = "Examples:\n"
	      "  vastar calibrate\n"
	      "  vastar calibrate -o json > host.json\n"
	      "  vastar -z 10s --calibration host.json http://127.0.0.1:8080/\n"
	      "\n"
	      "Client and server share this host's processors, each with as many threads as the row has "
	      "workers. Run nothing\n"
	      "else meanwhile.\n"
	      "\n"
	      "Exit status:\n"
	      "  0 done, 1 could not run, 2 wrong usage, 128 + N interrupted by signal N (after the "
	      "report)\n",
};

const struct command *const commands[] = {&bench_command,   &grpc_command,	&ai_command,
					  &sweep_command,   &serve_command,	&merge_command,
					  &compare_command, &calibrate_command, NULL};
