/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "cli/prompts.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "plan/mix.h"

/* ---- the list ---- */

static struct prompt *add(struct prompts *prompts, struct vastar_error *err)
{
	/* The list doubles whenever its length is a power of two. */
	if (!(prompts->count & (prompts->count - 1))) {
		size_t room = prompts->count ? 2 * prompts->count : 1;
		struct prompt *grown = realloc(prompts->list, room * sizeof(*grown));

		if (!grown) {
			err_nomem(err, "prompts");
			return NULL;
		}
		prompts->list = grown;
	}
	prompts->list[prompts->count] = (struct prompt){0};
	return &prompts->list[prompts->count++];
}

int prompts_add(struct prompts *prompts, const char *text, struct vastar_error *err)
{
	struct prompt *one = add(prompts, err);

	if (!one)
		return -VASTAR_E_SYSTEM;
	one->text = strdup(text);
	return one->text ? 0 : err_nomem(err, "prompts");
}

void prompts_free(struct prompts *prompts)
{
	for (size_t i = 0; i < prompts->count; i++) {
		free(prompts->list[i].text);
		json_decref(prompts->list[i].messages);
	}
	free(prompts->list);
	*prompts = (struct prompts){0};
}

/* ---- files ---- */

/* {"prompt": "...", "max_tokens": 10} or {"messages": [...]} */
static int take_object(struct prompts *prompts, const json_t *object, const char *where,
		       struct vastar_error *err)
{
	const json_t *text = json_object_get(object, "prompt"),
		     *messages = json_object_get(object, "messages");
	json_int_t most = json_integer_value(json_object_get(object, "max_tokens"));
	struct prompt *one;

	if (!json_is_string(text) && !json_is_array(messages))
		return err_set(err, VASTAR_E_USAGE,
			       "%s: neither \"prompt\" (a string) nor \"messages\" (an array)", where);
	if (json_object_get(object, "max_tokens") && (most < 1 || most > INT32_MAX))
		return err_set(err, VASTAR_E_USAGE, "%s: \"max_tokens\" must be a whole number above 0",
			       where);
	one = add(prompts, err);
	if (!one)
		return -VASTAR_E_SYSTEM;
	one->max_tokens = (uint32_t)most;
	if (json_is_array(messages))
		one->messages = json_incref((json_t *)messages);
	else
		one->text = strdup(json_string_value(text));
	return one->text || one->messages ? 0 : err_nomem(err, "prompts");
}

static int take_json_line(struct prompts *prompts, const char *line, const char *where,
			  struct vastar_error *err)
{
	json_error_t error;
	json_t *object = json_loads(line, JSON_REJECT_DUPLICATES, &error);
	int rc;

	if (!object)
		return err_set(err, VASTAR_E_USAGE, "%s: no JSON object, at column %d: %.100s", where,
			       error.column, error.text);
	rc = take_object(prompts, object, where, err);
	json_decref(object);
	return rc;
}

/* The first turn of a person in each conversation. */
static int take_conversation(struct prompts *prompts, const json_t *conversation, struct vastar_error *err)
{
	const json_t *turns = json_object_get(conversation, "conversations"), *turn;
	size_t i;

	json_array_foreach(turns, i, turn)
	{
		const char *from = json_string_value(json_object_get(turn, "from"));
		const char *value = json_string_value(json_object_get(turn, "value"));

		if (from && value && *value && (!strcmp(from, "human") || !strcmp(from, "user")))
			return prompts_add(prompts, value, err);
	}
	return 0;
}

static int take_sharegpt(struct prompts *prompts, const char *name, const char *text, size_t length,
			 struct vastar_error *err)
{
	json_error_t error;
	json_t *list = json_loadb(text, length, 0, &error);
	const json_t *conversation;
	size_t i;
	int rc = 0;

	if (!list)
		return err_set(err, VASTAR_E_USAGE, "%.200s:%d: not JSON, at column %d: %.100s", name,
			       error.line, error.column, error.text);
	json_array_foreach(list, i, conversation) if (!rc && prompts->count < MIX_REQUESTS_MAX) rc =
	    take_conversation(prompts, conversation, err);
	json_decref(list);
	return rc;
}

static int take_lines(struct prompts *prompts, const char *name, char *text, struct vastar_error *err)
{
	int rc = 0;

	for (size_t number = 1; !rc && text; number++) {
		char *line = strsep(&text, "\n"), where[300];
		size_t length = strlen(line);

		if (length && line[length - 1] == '\r')
			line[length - 1] = '\0';
		snprintf(where, sizeof(where), "%.200s:%zu", name, number);
		if (*line == '{')
			rc = take_json_line(prompts, line, where, err);
		else if (*line)
			rc = prompts_add(prompts, line, err);
		if (!rc && prompts->count > MIX_REQUESTS_MAX)
			rc = err_set(err, VASTAR_E_USAGE, "%.200s: more than %d prompts", name,
				     MIX_REQUESTS_MAX);
	}
	return rc;
}

int prompts_read(struct prompts *prompts, const char *name, char *text, size_t length,
		 struct vastar_error *err)
{
	int rc;

	if (memchr(text, '\0', length))
		return err_set(err, VASTAR_E_USAGE, "%.200s: it has a byte 0 (the file must be text)", name);
	rc = length && *text == '[' ? take_sharegpt(prompts, name, text, length, err)
				    : take_lines(prompts, name, text, err);
	if (!rc && !prompts->count)
		rc = err_set(err, VASTAR_E_USAGE, "%.200s: it has no prompt", name);
	return rc;
}

/* ---- made prompts ---- */

/* Common words, each of which is one token in the usual vocabularies. */
static const char *const words[] = {
    " the",   " of",	" and",	 " to",	   " in",   " that",  " was",  " for",	" with",  " as",    " his",
    " on",    " be",	" at",	 " by",	   " had",  " not",   " are",  " but",	" from",  " or",    " have",
    " they",  " which", " one",	 " you",   " were", " her",   " all",  " she",	" there", " would", " their",
    " we",    " him",	" been", " has",   " when", " who",   " will", " more", " no",	  " if",    " out",
    " so",    " said",	" what", " up",	   " its",  " about", " into", " than", " them",  " can",   " only",
    " other", " new",	" some", " could", " time", " these", " two",  " may",	" then",
};

enum { WORDS = sizeof(words) / sizeof(*words) };

static void put_words(FILE *out, uint64_t *seed, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		fputs(words[random_below(seed, WORDS)], out);
}

static void put_prompt(FILE *out, const struct prompt_recipe *recipe, size_t number, uint64_t *seed)
{
	uint32_t length = recipe->least + random_below(seed, recipe->most - recipe->least + 1);
	uint32_t common = (uint32_t)(recipe->prefix_share * length);
	uint64_t group = recipe->seed + number % recipe->groups, own = random_next(seed);

	if (common) {
		fprintf(out, "Story %zu:", number % recipe->groups + 1);
		put_words(out, &group, common);
	}
	fprintf(out, "%s%08" PRIx64 ":", common ? " " : "", own >> 32);
	put_words(out, seed, length - common);
}

int prompts_make(struct prompts *prompts, const struct prompt_recipe *recipe, struct vastar_error *err)
{
	uint64_t seed = recipe->seed;

	for (size_t i = 0; i < recipe->count; i++) {
		struct prompt *one = add(prompts, err);
		size_t length;
		FILE *out = one ? open_memstream(&one->text, &length) : NULL;

		if (!out)
			return err_nomem(err, "prompts");
		put_prompt(out, recipe, i, &seed);
		if (ferror(out) | fclose(out))
			return err_nomem(err, "prompts");
	}
	return 0;
}
