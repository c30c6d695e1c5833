/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "cli/ai_bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "base/random.h"
#include "cli/common.h"
#include "cli/exit.h"
#include "plan/mix.h"

enum {
	TOKENS_DEFAULT = 128,
	TOKENS_MOST = 10000000,
	MADE_BYTES_MAX = 256 * 1024 * 1024, /* of all made prompts */
	MADE_DEFAULT = 2000,		    /* prompts for a run of unknown length */
	BYTES_A_WORD = 5,
	TIMEOUT_S = 300, /* answers take long */
};

/* ---- options ---- */

/* "128" or "100..200". */
static int read_range(const char *option, const char *text, uint32_t *leastp, uint32_t *mostp,
		      struct vastar_error *err)
{
	const char *dots = text ? strstr(text, "..") : NULL;
	char first[32] = "";
	uint64_t least = TOKENS_DEFAULT, most;

	if (text)
		snprintf(first, sizeof(first), "%.*s", dots ? (int)(dots - text) : (int)strlen(text), text);
	if (text && !num_count(first, &least))
		least = 0;
	most = least;
	if (dots && !num_count(dots + 2, &most))
		most = 0;
	if (!least || most < least || most > TOKENS_MOST)
		return err_set(
		    err, VASTAR_E_USAGE,
		    "%s '%.40s': not a number of tokens from 1 to 10M, nor a range (128 or 100..200)", option,
		    text);
	*leastp = (uint32_t)least;
	*mostp = (uint32_t)most;
	return 0;
}

static int read_price(struct vastar_settings *settings, const char *text, struct vastar_error *err)
{
	const char *comma = text ? strchr(text, ',') : NULL;
	char first[32];

	if (!text)
		return settings->ai_price_cached > 0
			   ? err_set(err, VASTAR_E_USAGE,
				     "--price-cached: there is no price (add --price IN,OUT)")
			   : 0;
	snprintf(first, sizeof(first), "%.*s", comma ? (int)(comma - text) : 0, text);
	if (!comma || !num_real(first, &settings->ai_price_in) ||
	    !num_real(comma + 1, &settings->ai_price_out))
		return err_set(err, VASTAR_E_USAGE,
			       "--price '%.40s': not two prices of a million tokens (for example 0.15,0.60)",
			       text);
	return 0;
}

/* ---- where ---- */

enum form { FORM_CHAT, FORM_COMPLETIONS, FORM_RESPONSES };

static bool ends_in(const char *text, size_t length, const char *end)
{
	size_t size = strlen(end);

	return length >= size && !memcmp(text + length - size, end, size);
}

/* A URL without a path, or with /v1, is that of a server: its chat/completions. */
static int set_url(struct ai_made *made, const char *url, enum form *formp, struct vastar_error *err)
{
	const char *host = strstr(url, "://"), *path;
	size_t length = strcspn(url, "?#");
	int written;

	host = host ? host + 3 : url;
	path = host + strcspn(host, "/?#");
	*formp = FORM_CHAT;
	if (ends_in(url, length, "/responses"))
		*formp = FORM_RESPONSES;
	else if (ends_in(url, length, "/completions") && !ends_in(url, length, "/chat/completions"))
		*formp = FORM_COMPLETIONS;
	if (!*path || !strcmp(path, "/"))
		written = asprintf(&made->url, "%.*s/v1/chat/completions", (int)(path - url), url);
	else if (!strcmp(path, "/v1") || !strcmp(path, "/v1/"))
		written = asprintf(&made->url, "%.*s/v1/chat/completions", (int)(path - url), url);
	else
		written = asprintf(&made->url, "%s", url);
	if (written >= 0)
		return 0;
	made->url = NULL;
	return err_nomem(err, "URL");
}

/* ---- bodies ---- */

/* What all bodies have in common. */
struct body_form {
	enum form form;
	const char *model;
	json_t *extra; /* NULL: nothing */
	bool stream, ignore_eos;
	double temperature;   /* below 0: not given */
	uint32_t least, most; /* output tokens */
	uint64_t seed;
};

static void put_input(json_t *body, const struct body_form *form, const struct prompt *prompt)
{
	if (form->form == FORM_COMPLETIONS)
		json_object_set_new(body, "prompt", json_string(prompt->text ? prompt->text : ""));
	else if (form->form == FORM_RESPONSES && prompt->text)
		json_object_set_new(body, "input", json_string(prompt->text));
	else if (prompt->messages)
		json_object_set(body, form->form == FORM_RESPONSES ? "input" : "messages", prompt->messages);
	else
		json_object_set_new(body, "messages",
				    json_pack("[{s:s, s:s}]", "role", "user", "content", prompt->text));
}

static json_t *make_body(struct body_form *form, const struct prompt *prompt)
{
	uint32_t most = form->least + random_below(&form->seed, form->most - form->least + 1);
	json_t *body = json_pack("{s:s}", "model", form->model);

	put_input(body, form, prompt);
	json_object_set_new(body, form->form == FORM_RESPONSES ? "max_output_tokens" : "max_tokens",
			    json_integer(prompt->max_tokens ? prompt->max_tokens : most));
	if (form->temperature >= 0)
		json_object_set_new(body, "temperature", json_real(form->temperature));
	if (form->ignore_eos)
		json_object_set_new(body, "ignore_eos", json_true());
	json_object_set_new(body, "stream", json_boolean(form->stream));
	if (form->stream && form->form != FORM_RESPONSES)
		json_object_set_new(body, "stream_options", json_pack("{s:b}", "include_usage", true));
	if (form->extra)
		json_object_update(body, form->extra);
	return body;
}

/* JSON functions end the program when there is no memory: exit_without_memory_for_json(). */
static int make_requests(struct ai_made *made, struct body_form *form, struct vastar_error *err)
{
	size_t count = made->prompts.count;

	made->requests = calloc(count, sizeof(*made->requests));
	made->bodies = calloc(count, sizeof(*made->bodies));
	if (!made->requests || !made->bodies)
		return err_nomem(err, "prompts");
	made->count = count;
	for (size_t i = 0; i < count; i++) {
		const struct prompt *prompt = &made->prompts.list[i];
		json_t *body;

		if (form->form == FORM_COMPLETIONS && prompt->messages)
			return err_set(
			    err, VASTAR_E_USAGE,
			    "--prompts: messages are for chat/completions and responses, and this URL is "
			    "completions (use prompt)");
		body = make_body(form, prompt);
		made->bodies[i] = json_dumps(body, JSON_COMPACT);
		json_decref(body);
		if (!made->bodies[i])
			return err_set(err, VASTAR_E_USAGE, "--prompt: it is not UTF-8");
		made->requests[i] = (struct vastar_request){
		    .url = made->url,
		    .method = "POST",
		    .body = made->bodies[i],
		    .body_length = strlen(made->bodies[i]),
		};
	}
	return 0;
}

/* ---- prompts ---- */

static size_t made_count(const struct vastar_settings *settings, uint32_t most_words)
{
	uint64_t count = settings->requests && !settings->duration_ns ? settings->requests : MADE_DEFAULT;
	uint64_t fit = MADE_BYTES_MAX / ((uint64_t)most_words * BYTES_A_WORD + 100);

	if (!settings->requests && !settings->duration_ns)
		count = 200;
	if (count > MIX_REQUESTS_MAX)
		count = MIX_REQUESTS_MAX;
	return count > fit ? fit + 1 : count;
}

static int read_prompts(struct ai_made *made, const char *path, struct vastar_error *err)
{
	char *bytes, *text;
	size_t length;
	int rc = read_named("prompt file", "--prompts", path, &bytes, &length, err);

	if (rc)
		return rc;
	text = strndup(bytes, length);
	if (text && strlen(text) < length)
		rc = err_set(err, VASTAR_E_USAGE, "%.200s: it has a byte 0 (the file must be text)", path);
	else
		rc = text ? prompts_read(&made->prompts, path, text, length, err) : err_nomem(err, "prompts");
	free(text);
	free(bytes);
	return rc;
}

static int set_prompts(struct ai_made *made, const struct vastar_settings *settings,
		       const struct ai_options *o, struct vastar_error *err)
{
	struct prompt_recipe recipe = {.seed = settings->seed,
				       .prefix_share = o->prefix_share,
				       .groups = o->prefix_groups ? o->prefix_groups : 1};
	bool made_here = !o->prompt && !o->prompts;
	int rc;

	if (o->prompt && o->prompts)
		return err_set(err, VASTAR_E_USAGE, "--prompt and --prompts: leave one of them out");
	if (!made_here && (o->input_tokens || o->prefix_share > 0 || o->prefix_groups))
		return err_set(err, VASTAR_E_USAGE,
			       "%s: it is for made prompts, and %s gives them (leave one of them out)",
			       o->input_tokens ? "--input-tokens" : "--prefix-share",
			       o->prompt ? "--prompt" : "--prompts");
	if (o->prompt)
		return prompts_add(&made->prompts, o->prompt, err);
	if (o->prompts)
		return read_prompts(made, o->prompts, err);
	rc = read_range("--input-tokens", o->input_tokens, &recipe.least, &recipe.most, err);
	if (rc)
		return rc;
	recipe.count = made_count(settings, recipe.most);
	return prompts_make(&made->prompts, &recipe, err);
}

/* ---- headers ---- */

static int set_headers(struct vastar_settings *settings, const struct ai_options *o, struct ai_made *made,
		       struct vastar_error *err)
{
	const char *key = o->api_key ? o->api_key : getenv("OPENAI_API_KEY");
	size_t count = settings->header_count;

	settings->content_type = "application/json";
	if (!key || !*key)
		return 0;
	made->headers = calloc(count + 1, sizeof(*made->headers));
	if (!made->headers || asprintf(&made->authorization, "Authorization: Bearer %s", key) < 0)
		return err_nomem(err, "headers");
	made->headers[0] = made->authorization; /* -H can replace it */
	for (size_t i = 0; i < count; i++)
		made->headers[i + 1] = settings->headers[i];
	settings->headers = made->headers;
	settings->header_count = count + 1;
	return 0;
}

/* ---- all of it ---- */

static int fill(struct vastar_settings *settings, const struct ai_options *o, const char *url,
		struct ai_made *made, struct body_form *form, struct vastar_error *err)
{
	json_error_t error;
	int rc = set_url(made, url, &form->form, err);

	if (!rc)
		rc = read_range("--output-tokens", o->output_tokens, &form->least, &form->most, err);
	if (!rc)
		rc = read_price(settings, o->price, err);
	if (!rc && o->extra) {
		form->extra = json_loads(o->extra, JSON_REJECT_DUPLICATES, &error);
		if (!json_is_object(form->extra))
			rc = err_set(err, VASTAR_E_USAGE, "--extra '%.40s': not a JSON object%s%.100s",
				     o->extra, form->extra ? "" : ": ", form->extra ? "" : error.text);
	}
	if (!rc)
		rc = set_headers(settings, o, made, err);
	if (!rc)
		rc = set_prompts(made, settings, o, err);
	return rc ? rc : make_requests(made, form, err);
}

int ai_set_requests(struct vastar_settings *settings, const struct ai_options *o, const char *url,
		    struct ai_made *made, struct vastar_error *err)
{
	struct vastar_settings standard;
	struct body_form form = {.model = o->model ? o->model : "default",
				 .stream = !settings->ai_whole,
				 .ignore_eos = o->ignore_eos,
				 .temperature = o->temperature,
				 .seed = settings->seed};
	int rc;

	exit_without_memory_for_json();
	rc = fill(settings, o, url, made, &form, err);
	json_decref(form.extra);
	return_without_memory_for_json();
	if (rc)
		return rc;
	vastar_settings_init(&standard);
	if (settings->timeout_ns == standard.timeout_ns)
		settings->timeout_ns = TIMEOUT_S * UINT64_C(1000000000);
	settings->ai = true;
	settings->url = made->url;
	settings->mix = made->requests;
	settings->mix_count = made->count;
	return 0;
}

void ai_made_free(struct ai_made *made)
{
	exit_without_memory_for_json();
	prompts_free(&made->prompts);
	return_without_memory_for_json();
	for (size_t i = 0; i < made->count; i++)
		free(made->bodies[i]);
	free(made->bodies);
	free(made->requests);
	free(made->url);
	free(made->authorization);
	free(made->headers);
	*made = (struct ai_made){0};
}
