/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Parses command lines by a table, whose rows are in options.def. */
#ifndef VASTAR_CLI_OPTIONS_H
#define VASTAR_CLI_OPTIONS_H

#include <stddef.h>
#include <stdint.h>

#include "serve/serve.h"

/* How an argument is read and what type its field has. */
enum option_kind {
	OPTION_FLAG,	 /* bool, no argument */
	OPTION_COUNT16,	 /* uint16_t */
	OPTION_COUNT32,	 /* uint32_t */
	OPTION_COUNT64,	 /* uint64_t */
	OPTION_REAL,	 /* double */
	OPTION_RATE,	 /* double, per second */
	OPTION_DURATION, /* uint64_t, nanoseconds */
	OPTION_STRING,	 /* const char *, into argv */
	OPTION_FORMAT,	 /* the same: the name of a format, capitals or not */
	OPTION_ONCE,	 /* the same, but refused if given twice */
	OPTION_LIST,	 /* struct option_list, can be repeated */
};

struct option_list {
	const char **items; /* owned */
	size_t count;
};

struct option {
	char letter;	      /* 0: none */
	const char *name;     /* without the dashes */
	const char *argument; /* NULL: takes none */
	const char *group;
	enum option_kind kind;
	size_t offset;	      /* of the field in the command's options struct */
	uint64_t least, most; /* of counts; durations have the former, reals the latter */
	const char *help;
};

/* A row of options.def, of the command whose options struct is `target`. */
#define OPTION_ROW(target, letter, name, argument, group, kind, field, least, most, help)                    \
	{letter, name, argument, group, OPTION_##kind, offsetof(struct target, field), least, most, help},

struct command {
	const char *name;  /* NULL: the one without a name */
	const char *usage; /* "vastar [OPTIONS] URL" */
	const char *about; /* one line */
	const char *positional;
	unsigned positional_most; /* maximum number, 0 and up; UINT_MAX: no limit */
	const struct option *options;
	size_t option_count;
	const char *epilog; /* examples, environment */
};

/* Values that do not go into the settings as typed. */
struct request_options {
	const char *body, *body_file;
	struct option_list urlencoded, form, headers, header_files, expect, resolve, connect_to;
};

/* Several requests. */
struct url_options {
	const char *file, *order;
};

/* Of a gRPC call. Its JSON is the body of the request. */
struct grpc_options {
	bool wanted;
	const char *call; /* "pkg.Service/Method" */
	struct option_list protos, folders, raw;
	uint32_t stream_messages;
	bool reflect;
};

/* Of a benchmark of a language model. */
struct ai_options {
	bool wanted, ignore_eos;
	const char *model, *prompt, *prompts, *input_tokens, *output_tokens, *extra, *api_key, *price;
	double prefix_share;
	double temperature; /* below 0: not given */
	uint32_t prefix_groups;
};

struct bench_options {
	struct vastar_settings settings;
	struct request_options request;
	struct url_options urls;
	struct grpc_options grpc;
	struct ai_options ai;
	struct option_list out; /* "FORMAT=FILE" */
	const char *url, *format, *color, *request_log, *percentiles, *progress, *calibration, *share,
	    *start_at, *metrics_listen, *metrics_push, *otlp;
	uint64_t metrics_linger_ns;
	uint64_t random_seed; /* of settings.seed unless it was given */
	uint32_t hist_bins, repeats;
	bool no_progress, verbose, help, version, strict;
};

struct sweep_options {
	struct vastar_settings settings; /* of the target */
	struct request_options request;
	struct url_options urls;
	struct grpc_options grpc;
	const char *url, *conc, *pick, *format, *color, *json_path, *html_path;
	const char *vs, *vs_method, *vs_body, *vs_content_type, *ref_from_json;
	uint32_t repeats, baseline_c, max_c, connections;
	uint64_t point_max_ns, ref_max_age_ns, seed;
	double knee_ratio, max_spread, max_p999_ratio, max_tail_mult, max_errors, max_overhead_pct,
	    max_rps_deficit_pct;
	bool refine, exact_n, ref_nearest, no_progress, help;
};

struct serve_options {
	struct serve_settings settings;
	const char *address, *request_log, *delay, *delay_uniform, *delay_exp, *delay_bimodal, *service_time;
	bool help;
	const char *h2_reset_code;
};

struct merge_options {
	const char *format, *color, *slo_target, *percentiles;
	uint32_t hist_bins;
	bool force, help;
};

struct calibrate_options {
	const char *format, *conc;
	uint64_t duration_ns;
	uint32_t workers, repeats;
	bool no_progress, help;
};

struct compare_options {
	const char *format, *color, *max_regression;
	bool help;
};

/* Adds an item, which stays the caller's. The caller frees list->items. */
int option_list_add(struct option_list *list, const char *item, struct vastar_error *err);

/* Reads argv[0..argc), without the names of program and command, into *target, whose fields hold the
 * defaults. Arguments other than options go into `positionals`, at most command->positional_most of them.
 * VASTAR_E_USAGE with a message for invalid arguments. */
int options_parse(const struct command *command, int argc, char **argv, void *target,
		  const char **positionals, struct vastar_error *err);

/* Shows each value in what options_parse() has understood to `visit`, in their order: the option, or NULL for
 * an argument that is none, and the value, which is a part of argv. */
void options_values(const struct command *command, int argc, char **argv,
		    void (*visit)(void *context, const struct option *option, const char *value),
		    void *context);

/* The manual page, as roff for man(7). */
void options_man(FILE *out);

/* Completions for "bash", "zsh" or "fish"; false for another shell. */
bool options_completions(const char *shell, FILE *out);

#endif
