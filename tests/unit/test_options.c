/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cli/command_text.h"
#include "cli/commands.h"
#include "cli/foreign.h"
#include "cli/option_names.h"
#include "cli/help.h"
#include "cli/options.h"

enum { ARGUMENTS_MAX = 6 };

struct line {
	const char *arguments[ARGUMENTS_MAX + 1];
	const char *expected; /* words of describe() for accepted options, otherwise of the error message */
};

/* ---- accepted ---- */

static int parse_into(const struct command *command, const char *const *arguments, void *target,
		      const char **positionalp, struct vastar_error *err)
{
	char *argv[20] = {NULL};
	int argc = 0;

	for (; arguments[argc]; argc++)
		argv[argc] = (char *)arguments[argc];
	return options_parse(command, argc, argv, target, positionalp, err);
}

static int parse_bench(const struct line *line, struct bench_options *o, struct vastar_error *err)
{
	*o = (struct bench_options){.format = "text"};
	vastar_settings_init(&o->settings);
	return parse_into(&bench_command, line->arguments, o, &o->url, err);
}

static void describe_count(const char *name, uint64_t value, uint64_t usual, char *text)
{
	if (value != usual)
		sprintf(text + strlen(text), "%s=%llu ", name, (unsigned long long)value);
}

static void describe_text(const char *name, const char *value, char *text)
{
	if (value)
		sprintf(text + strlen(text), "%s=%s ", name, value);
}

/* Everything that differs from the defaults. */
static void describe(const struct bench_options *o, char text[1024])
{
	text[0] = '\0';
	describe_count("n", o->settings.requests, 0, text);
	describe_count("c", o->settings.concurrency, 50, text);
	describe_count("pipeline", o->settings.pipeline, 1, text);
	describe_count("w", o->settings.workers, 0, text);
	describe_count("z", o->settings.duration_ns, 0, text);
	describe_count("t", o->settings.timeout_ns, 20000000000, text);
	describe_count("drain", o->settings.drain_cap_ns, 2000000000, text);
	if (o->settings.connection_rate > 0)
		sprintf(text + strlen(text), "q=%g ", o->settings.connection_rate);
	describe_text("m", o->settings.method, text);
	describe_text("d", o->request.body, text);
	describe_text("D", o->request.body_file, text);
	describe_text("T", o->settings.content_type, text);
	describe_text("A", o->settings.accept, text);
	describe_text("a", o->settings.basic_auth, text);
	for (size_t i = 0; i < o->request.headers.count; i++)
		describe_text("H", o->request.headers.items[i], text);
	describe_count("keepalive-off", o->settings.disable_keepalive, 0, text);
	describe_count("compression-off", o->settings.disable_compression, 0, text);
	describe_count("redirects-off", o->settings.disable_redirects, 0, text);
	describe_count("hosts", o->settings.redirect_hosts, 0, text);
	describe_text("o", strcmp(o->format, "text") ? o->format : NULL, text);
	describe_text("slo", o->settings.slo_target, text);
	describe_count("bins", o->hist_bins, 0, text);
	describe_text("color", o->color, text);
	describe_count("no-progress", o->no_progress, 0, text);
	describe_count("v", o->verbose, 0, text);
	describe_count("help", o->help, 0, text);
	describe_count("version", o->version, 0, text);
	describe_text("url", o->url, text);
}

static const struct line taken[] = {
    {{0}, ""},
    {{"u"}, "url=u "},
    /* the forms of an option */
    {{"-n", "5", "u"}, "n=5 url=u "},
    {{"-n5", "u"}, "n=5 url=u "},
    {{"--requests", "5", "u"}, "n=5 url=u "},
    {{"--requests=5", "u"}, "n=5 url=u "},
    {{"u", "-n", "5"}, "n=5 url=u "},
    {{"u", "--verbose", "-n5"}, "n=5 v=1 url=u "},
    {{"-vn5", "u"}, "n=5 v=1 url=u "},
    {{"--", "u"}, "url=u "},
    {{"-v", "--", "-n5"}, "v=1 url=-n5 "},
    {{"--", "--"}, "url=-- "},
    {{"-"}, "url=- "},
    {{""}, "url= "},
    {{"-n", "5", "-n", "6"}, "n=6 "},
    /* a value may look like an option or be empty */
    {{"-d", "-v", "u"}, "d=-v url=u "},
    {{"-d", "--", "u"}, "d=-- url=u "},
    {{"--body="}, "d= "},
    {{"-d", ""}, "d= "},
    {{"--body=a=b"}, "d=a=b "},
    {{"-da=b"}, "d=a=b "},
    /* one of each kind */
    {{"-c", "10k"}, "c=10000 "},
    {{"--concurrency=200000"}, "c=200000 "},
    {{"-z", "1m30s"}, "z=90000000000 "},
    {{"--duration=1ns"}, "z=1 "},
    {{"-q", "0.5"}, "q=0.5 "},
    {{"--rate-per-connection=1000000"}, "q=1e+06 "},
    {{"--pipeline", "64"}, "pipeline=64 "},
    {{"-w1024"}, "w=1024 "},
    {{"--workers", "2"}, "w=2 "},
    {{"-t0"}, "t=0 "},
    {{"--timeout=2.5"}, "t=2500000000 "},
    {{"--drain-cap", "0"}, "drain=0 "},
    {{"-m", "PUT"}, "m=PUT "},
    {{"--method=PUT"}, "m=PUT "},
    {{"-X", "PUT"}, "m=PUT "},
    {{"-vXPUT"}, "m=PUT v=1 "},
    {{"-n", "1e6", "-c1e3"}, "n=1000000 c=1000 "},
    {{"--body", "b"}, "d=b "},
    {{"-D", "f"}, "D=f "},
    {{"-D-"}, "D=- "},
    {{"--body-file=f"}, "D=f "},
    {{"-T", "a/b"}, "T=a/b "},
    {{"--content-type=a/b"}, "T=a/b "},
    {{"-H", "a: b", "-Hc: d", "--header=e: f"}, "H=a: b H=c: d H=e: f "},
    {{"-A", "x/y"}, "A=x/y "},
    {{"--accept=x/y"}, "A=x/y "},
    {{"-a", "u:p"}, "a=u:p "},
    {{"--auth=u:p"}, "a=u:p "},
    {{"--disable-keepalive"}, "keepalive-off=1 "},
    {{"--disable-compression"}, "compression-off=1 "},
    {{"--disable-redirects"}, "redirects-off=1 "},
    {{"--redirect-hosts"}, "hosts=1 "},
    {{"-o", "json"}, "o=json "},
    {{"--output=json"}, "o=json "},
    {{"-o", "JSON"}, "o=json "},
    {{"-oCSV-Intervals"}, "o=csv-intervals "},
    {{"-o", "YAML"}, "o=YAML "},
    {{"--slo-target", "p50=1s"}, "slo=p50=1s "},
    {{"--slo-target=p50=1s"}, "slo=p50=1s "},
    {{"--hist-bins", "100"}, "bins=100 "},
    {{"--color", "never"}, "color=never "},
    {{"--no-progress"}, "no-progress=1 "},
    {{"-v"}, "v=1 "},
    {{"-h"}, "help=1 "},
    {{"--help"}, "help=1 "},
    {{"-V"}, "version=1 "},
    {{"--version"}, "version=1 "},
};

static void every_option_in_every_form(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(taken) / sizeof(taken[0]); i++) {
		struct bench_options o;
		struct vastar_error err = {0};
		char text[1024];

		if (parse_bench(&taken[i], &o, &err))
			fail_msg("%s ...: %s", taken[i].arguments[0], err.text);
		describe(&o, text);
		if (strcmp(text, taken[i].expected))
			fail_msg("%s ...: %sinstead of %s", taken[i].arguments[0], text, taken[i].expected);
		free(o.request.headers.items);
	}
}

/* ---- refused ---- */

static const struct line refused[] = {
    {{"u", "v"}, "argument 'v': one URL is enough ('u' was given already)"},
    {{"--", "u", "-v"}, "argument '-v': one URL is enough"},
    {{"-n"}, "-n/--requests: its argument is missing (N)"},
    {{"u", "--slo-target"}, "--slo-target: its argument is missing (LIST)"},
    {{"-vn"}, "-n/--requests: its argument is missing"},
    {{"-n", "many"}, "-n/--requests 'many': not a whole number"},
    {{"-n=5"}, "-n/--requests '=5': not a whole number"},
    {{"-n", ""}, "-n/--requests '': not a whole number"},
    {{"-n", "-5"}, "-n/--requests '-5': not a whole number"},
    {{"-n", "10x"}, "-n/--requests '10x': not a whole number"},
    {{"-n", "1e-1"}, "-n/--requests '1e-1': not a whole number (for example 1000, 10k, 2M or 1e6)"},
    {{"-n", "1.5e0"}, "-n/--requests '1.5e0': not a whole number"},
    {{"-n", "1e99"}, "-n/--requests 1e99: too large (at most 9007199254740991)"},
    {{"-c", "1e6"}, "-c/--concurrency 1e6: too large (at most 200000)"},
    {{"-n", "99999999999999999999"}, "too large (at most 9007199254740991)"},
    {{"--seed", "1795528989666338956"}, "too large (at most 9007199254740991)"},
    {{"-n", "0"}, "-n/--requests 0: too small (at least 1)"},
    {{"-c", "0"}, "-c/--concurrency 0: too small (at least 1)"},
    {{"-c", "200001"}, "-c/--concurrency 200001: too large (at most 200000)"},
    {{"-c", "4294967297"}, "-c/--concurrency 4294967297: too large"},
    {{"-w", "0"}, "-w/--workers 0: too small"},
    {{"-w", "1025"}, "-w/--workers 1025: too large (at most 1024)"},
    {{"--hist-bins=0"}, "--hist-bins 0: too small (at least 1)"},
    {{"--hist-bins=101"}, "--hist-bins 101: too large (at most 100)"},
    {{"-z", "abc"}, "-z/--duration 'abc': not a duration"},
    {{"-z", "0s"}, "-z/--duration 0s: must be longer than zero"},
    {{"-t", "soon"}, "-t/--timeout 'soon': not a duration"},
    {{"--drain-cap", "1x"}, "--drain-cap '1x': not a duration"},
    {{"-q", "fast"}, "-q/--rate-per-connection 'fast': not a number from 0 to 1000000"},
    {{"-q", "-1"}, "-q/--rate-per-connection '-1': not a number"},
    {{"-q", "1000001"}, "-q/--rate-per-connection '1000001': not a number from 0 to 1000000"},
    {{"--disable-keepalive=1"}, "--disable-keepalive: takes no argument"},
    {{"--verbose="}, "--verbose: takes no argument"},
    {{"-X"}, "-m/--method: its argument is missing (NAME)"},
    {{"-Y"}, "option -Y: unknown (see --help)"},
    {{"-vY"}, "option -Y: unknown"},
    {{"-\x01"}, "option -?: unknown"},
    {{"--no-such-option"}, "option --no-such-option: unknown (see --help)"},
    {{"--requets", "5"}, "option --requets: unknown (did you mean --requests?)"},
    {{"--request", "5"}, "`--request` is curl's: use -m (or did you mean --requests?)"},
    {{"--conc=5"}, "option --conc: unknown (did you mean --concurrency?)"},
    {{"--colour=auto"}, "option --colour: unknown (did you mean --color?)"},
    {{"--disable-keep-alive"}, "option --disable-keep-alive: unknown (did you mean --disable-keepalive?)"},
    {{"--durations", "5"}, "did you mean --duration?"},
    {{"--x"}, "option --x: unknown (see --help)"},
    {{"--=5"}, "option --: unknown (see --help)"},
    {{"-disable-keepalive"},
     "option -disable-keepalive: one dash is too few (did you mean --disable-keepalive?)"},
    {{"-timeout=5"}, "option -timeout: one dash is too few"},
    /* names of other tools */
    {{"--json"}, "`--json` is oha's: use -o json; curl's: use -m POST"},
    {{"--json={}"}, "`--json` is oha's: use -o json"},
    {{"--connections", "10"}, "`--connections` is wrk's, bombardier's and vegeta's: use -c"},
    {{"-connections=10"}, "`-connections` is wrk's"},
    {{"-host", "a"}, "`-host` is hey's and oha's: use -H 'Host: NAME'"},
    {{"-p64"}, "`-p` is oha's: use --streams; ab's: use -m POST -D FILE"},
    {{"-vI"}, "`-I` is curl's: use -m HEAD"},
    {{"--latency"}, "`--latency` is wrk's: leave it out, percentiles are in every report"},
};

static void unknown_options_have_a_message(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		struct bench_options o;
		struct vastar_error err = {0};

		if (parse_bench(&refused[i], &o, &err) != -VASTAR_E_USAGE)
			fail_msg("not refused: %s", refused[i].expected);
		if (!strstr(err.text, refused[i].expected))
			fail_msg("%s instead of %s", err.text, refused[i].expected);
		free(o.request.headers.items);
	}
}

static void long_rubbish_is_cut(void **state)
{
	char name[1000] = "--", *argv[] = {name};
	const char *url = NULL;
	struct bench_options o = {0};
	struct vastar_error err;

	(void)state;
	memset(name + 2, 'x', sizeof(name) - 3);
	assert_int_equal(options_parse(&bench_command, 1, argv, &o, &url, &err), -VASTAR_E_USAGE);
	assert_true(strlen(err.text) < 100);
}

static void serve_has_its_own_table(void **state)
{
	static const char *const arguments[] = {"[::1]:0",
						"--body-size=1k",
						"--status",
						"404",
						"--headers=3",
						"--delay-exp",
						"5ms",
						"--capacity",
						"7",
						"--chunk-gap=1ms",
						"--sse",
						"-w2",
						"--allow-remote",
						NULL};
	struct serve_options o = {0};
	struct vastar_error err = {0};

	(void)state;
	serve_settings_init(&o.settings);
	if (parse_into(&serve_command, arguments, &o, &o.address, &err))
		fail_msg("%s", err.text);
	assert_string_equal(o.address, "[::1]:0");
	assert_int_equal(o.settings.body_bytes, 1000);
	assert_int_equal(o.settings.status, 404);
	assert_int_equal(o.settings.extra_headers, 3);
	assert_string_equal(o.delay_exp, "5ms");
	assert_int_equal(o.settings.capacity, 7);
	assert_int_equal(o.settings.stream_gap_ns, 1000000);
	assert_true(o.settings.sse && o.settings.allow_any && !o.settings.quiet);
	assert_int_equal(o.settings.workers, 2);
}

static void serve_refuses_in_its_own_words(void **state)
{
	static const struct line wrong[] = {
	    {{"--status=199"}, "--status 199: too small (at least 200)"},
	    {{"--status=1000"}, "--status 1000: too large (at most 599)"},
	    {{"--status=66000"}, "--status 66000: too large"},
	    {{"--requests=5"}, "option --requests: unknown"},
	    {{"-n5"}, "option -n: unknown"},
	    {{"a:1", "b:2"}, "argument 'b:2': one address is enough"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct serve_options o = {0};
		struct vastar_error err = {0};

		assert_int_equal(parse_into(&serve_command, wrong[i].arguments, &o, &o.address, &err),
				 -VASTAR_E_USAGE);
		if (!strstr(err.text, wrong[i].expected))
			fail_msg("%s instead of %s", err.text, wrong[i].expected);
	}
}

/* ---- the command line as text ---- */

static const struct line shown[] = {
    {{"http://h/"}, "vastar http://h/"},
    {{"-n5", "-vc", "10", "--duration=1s", "h:80"}, "vastar -n5 -vc 10 --duration=1s h:80"},
    {{"--", "-v"}, "vastar -- -v"},
    /* for a shell */
    {{"http://h/?a=1&b=2"}, "vastar 'http://h/?a=1&b=2'"},
    {{"-d", "{\"a\": \"it's\"}", "u"}, "vastar -d '{\"a\": \"it'\\''s\"}' u"},
    {{"-d", "", "--body-file=a b", "u"}, "vastar -d '' '--body-file=a b' u"},
    {{"-d", "a\nb$(c)`d`!~*"}, "vastar -d 'a\nb$(c)`d`!~*'"},
    /* credentials */
    {{"-a", "user:pass", "u"}, "vastar -a '***' u"},
    {{"-auser:pass", "u"}, "vastar '-a***' u"},
    {{"-vauser:pass"}, "vastar '-va***'"},
    {{"--auth=user:pass"}, "vastar '--auth=***'"},
    {{"-H", "Authorization: Bearer abc"}, "vastar -H 'Authorization: ***'"},
    {{"-Hauthorization:abc"}, "vastar '-Hauthorization:***'"},
    {{"--header=X-API-Key: abc"}, "vastar '--header=X-API-Key: ***'"},
    {{"-H", "Cookie: a=b", "-H", "X-Auth-Token: c"}, "vastar -H 'Cookie: ***' -H 'X-Auth-Token: ***'"},
    {{"-H", "Accept: text/html"}, "vastar -H 'Accept: text/html'"},
    {{"-H", "Cookie:"}, "vastar -H Cookie:"},
    {{"-H", "Authorization;"}, "vastar -H 'Authorization;'"},
    {{"-x", "http://user:p@ss@proxy:3128", "u"}, "vastar -x 'http://***@proxy:3128' u"},
    {{"--proxy=user:pass@proxy:3128"}, "vastar '--proxy=***@proxy:3128'"},
    {{"http://user:pass@h/a@b"}, "vastar 'http://***@h/a@b'"},
    {{"http://h/a@b?c://d@e"}, "vastar 'http://h/a@b?c://d@e'"},
    {{"--pass-file", "secret.txt"}, "vastar --pass-file secret.txt"},
    {{"-d", "http://a:b@c/"}, "vastar -d http://a:b@c/"},
};

static void the_command_line_can_be_copied_into_a_shell(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(shown) / sizeof(shown[0]); i++) {
		char *argv[ARGUMENTS_MAX + 1] = {NULL}, *text;
		int argc = 0;

		for (; shown[i].arguments[argc]; argc++)
			argv[argc] = (char *)shown[i].arguments[argc];
		text = command_text(&bench_command, argc, argv);
		assert_string_equal(text, shown[i].expected);
		free(text);
	}
}

static void the_command_has_its_name_in_it(void **state)
{
	char *argv[] = {(char *)"--vs", (char *)"http://a:b@c/", (char *)"http://d/"}, *text;

	(void)state;
	text = command_text(&sweep_command, 3, argv);
	assert_string_equal(text, "vastar sweep --vs 'http://***@c/' http://d/");
	free(text);
}

/* ---- the tables and the help ---- */

static void names_are_unique_and_rows_complete(void **state)
{
	(void)state;
	for (size_t c = 0; commands[c]; c++) {
		for (size_t i = 0; i < commands[c]->option_count; i++) {
			const struct option *a = &commands[c]->options[i];

			if (strlen(a->name) < 2 ||
			    a->name[strspn(a->name, "abcdefghijklmnopqrstuvwxyz0123456789-")])
				fail_msg("%s: not a name", a->name);
			if ((a->kind == OPTION_FLAG) != !a->argument)
				fail_msg("%s: a flag has no argument, everything else has one", a->name);
			if (!a->help[0] || a->help[strlen(a->help) - 1] == '.' || !a->group[0])
				fail_msg("%s: help", a->name);
			for (size_t j = i + 1; j < commands[c]->option_count; j++) {
				const struct option *b = &commands[c]->options[j];

				if (!strcmp(a->name, b->name) || (a->letter && a->letter == b->letter))
					fail_msg("%s and %s", a->name, b->name);
				/* --help prints a heading when the group changes. */
				if (!strcmp(a->group, b->group) && strcmp(a->group, b[-1].group))
					fail_msg("%s: its group is torn apart", b->name);
			}
		}
	}
}

/* Every word of the advice that looks like an option exists. */
static void check_advice(const struct foreign *row)
{
	char words[200], *rest = words;

	snprintf(words, sizeof(words), "%s", row->advice);
	for (char *word; (word = strsep(&rest, " '()"));) {
		word[strcspn(word, ",;:?")] = '\0';
		if (word[0] == '-' && !option_named(&bench_command, word, strlen(word)))
			fail_msg("%s of %s: there is no %s", row->name, row->tools, word);
	}
}

static void foreign_options_lead_to_ours(void **state)
{
	(void)state;
	assert_true(foreign_count > 80);
	for (size_t i = 0; i < foreign_count; i++) {
		const struct foreign *row = &foreigns[i];
		char typed[64];

		check_advice(row);
		snprintf(typed, sizeof(typed), "%s%s", row->name[1] ? "--" : "-", row->name);
		if (option_named(&bench_command, typed, strlen(typed)))
			fail_msg("%s of %s: useless, it is an option of vastar", typed, row->tools);
		for (size_t j = i + 1; j < foreign_count; j++)
			if (!strcmp(row->name, foreigns[j].name) && strstr(foreigns[j].tools, row->tools))
				fail_msg("%s of %s: twice", row->name, row->tools);
	}
}

static void foreign_options_of_a_command_without_the_like_are_unknown(void **state)
{
	static const char *const arguments[] = {"-R5", NULL}, *const streams[] = {"-p5", NULL};
	struct vastar_error err = {0};
	struct sweep_options o = {0};

	(void)state;
	assert_int_equal(parse_into(&sweep_command, arguments, &o, &o.url, &err), -VASTAR_E_USAGE);
	assert_string_equal(err.text, "option -R: unknown (see --help)");
	assert_int_equal(parse_into(&sweep_command, streams, &o, &o.url, &err), -VASTAR_E_USAGE);
	assert_string_equal(err.text, "`-p` is ab's: use -m POST -D FILE");
}

/* Valid until the next call. */
static char *help_text(const struct command *command, unsigned width)
{
	static char text[32768];
	FILE *out = fmemopen(text, sizeof(text), "w");

	assert_non_null(out);
	options_help(command, width, out);
	assert_int_equal(fclose(out), 0);
	return text;
}

/* How often a row with these words on its left stands in the help. */
static unsigned rows_with(const char *text, const char *left)
{
	unsigned count = 0;

	for (const char *at = text; (at = strstr(at, left)); at++)
		count += strchr(" \n", at[strlen(left)]) != NULL;
	return count;
}

static void help_has_every_row_once(void **state)
{
	(void)state;
	for (size_t c = 0; commands[c]; c++) {
		char *text = help_text(commands[c], 100);

		for (size_t i = 0; i < commands[c]->option_count; i++) {
			const struct option *option = &commands[c]->options[i];
			char left[100];

			int used = option->letter ? sprintf(left, "\n  -%c, ", option->letter)
						  : sprintf(left, "\n      ");

			sprintf(left + used, "--%s%s%s", option->name, option->argument ? " " : "",
				option->argument ? option->argument : "");
			if (rows_with(text, left) != 1)
				fail_msg("%s", left);
		}
	}
}

static void help_is_wrapped_and_loses_no_word(void **state)
{
	static const unsigned widths[] = {72, 76, 80, 100, 110};
	size_t words_before = 0;

	(void)state;
	for (size_t w = 0; w < sizeof(widths) / sizeof(widths[0]); w++) {
		char *text = help_text(&bench_command, widths[w]), *line, *rest = text;
		size_t words = 0;

		/* Examples follow the options and must not be broken. */
		*strstr(text, "\nExamples:") = '\0';
		assert_non_null(strstr(text, "Usage: vastar [OPTIONS] URL\n"));
		while ((line = strsep(&rest, "\n"))) {
			if (strlen(line) > widths[w])
				fail_msg("wider than %u: %s", widths[w], line);
			for (char *word = strtok(line, " "); word; word = strtok(NULL, " "))
				words++;
		}
		if (!w)
			words_before = words;
		assert_true(words > 200);
		assert_int_equal(words, words_before);
	}
}

static void help_tells_exit_status_and_environment(void **state)
{
	char *text = help_text(&bench_command, 100);

	(void)state;
	assert_non_null(strstr(text, "Exit status:"));
	assert_non_null(strstr(text, "NO_COLOR"));
	assert_non_null(strstr(text, "VASTAR_DISABLE_FEATURES  for tests"));
	for (const char *c = text; *c; c++)
		assert_true(*c == '\n' || (*c >= ' ' && *c < 0x7f));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_option_in_every_form),
	    cmocka_unit_test(unknown_options_have_a_message),
	    cmocka_unit_test(long_rubbish_is_cut),
	    cmocka_unit_test(serve_has_its_own_table),
	    cmocka_unit_test(serve_refuses_in_its_own_words),
	    cmocka_unit_test(the_command_line_can_be_copied_into_a_shell),
	    cmocka_unit_test(the_command_has_its_name_in_it),
	    cmocka_unit_test(names_are_unique_and_rows_complete),
	    cmocka_unit_test(foreign_options_lead_to_ours),
	    cmocka_unit_test(foreign_options_of_a_command_without_the_like_are_unknown),
	    cmocka_unit_test(help_has_every_row_once),
	    cmocka_unit_test(help_is_wrapped_and_loses_no_word),
	    cmocka_unit_test(help_tells_exit_status_and_environment),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
