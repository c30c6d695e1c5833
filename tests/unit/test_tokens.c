/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The events of language models, in the shapes that servers send. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "proto/tokens.h"

static void test_kinds(void **state)
{
	static const struct {
		const char *json;
		unsigned kinds;
	} cases[] = {
	    /* OpenAI: the first chunk has a role and no text */
	    {"{\"choices\":[{\"delta\":{\"role\":\"assistant\",\"content\":\"\"},\"finish_reason\":null}]}",
	     0},
	    {"{\"choices\":[{\"delta\":{\"content\":\"Hi\"},\"finish_reason\":null}]}", TOKENS_CONTENT},
	    {"{ \"choices\" : [ { \"delta\" : { \"content\" : \" x\" } } ] }", TOKENS_CONTENT},
	    {"{\"choices\":[{\"delta\":{\"content\":null}}]}", 0},
	    {"{\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}", TOKENS_FINISH},
	    {"{\"choices\":[],\"usage\":{\"prompt_tokens\":1}}", TOKENS_USAGE},
	    {"{\"choices\":[{\"delta\":{\"content\":\"a\"}}],\"usage\":null}", TOKENS_CONTENT},
	    /* text that looks like a key */
	    {"{\"choices\":[{\"delta\":{\"content\":\"\",\"x\":\"\\\"content\\\":\\\"y\\\"\"}}]}", 0},
	    {"{\"choices\":[{\"delta\":{\"role\":\"content\"}}]}", 0},
	    /* log probabilities have a member of that name */
	    {"{\"choices\":[{\"delta\":{},\"logprobs\":{\"content\":[]}}]}", 0},
	    /* vLLM, DeepSeek, OpenRouter */
	    {"{\"choices\":[{\"delta\":{\"reasoning_content\":\"hm\"}}]}", TOKENS_REASONING},
	    {"{\"choices\":[{\"delta\":{\"content\":\"\",\"reasoning\":\"hm\"}}]}", TOKENS_REASONING},
	    /* a call of a tool */
	    {"{\"choices\":[{\"delta\":{\"tool_calls\":[{\"function\":{\"arguments\":\"{\"}}]}}]}",
	     TOKENS_CONTENT},
	    /* completions */
	    {"{\"choices\":[{\"text\":\"a\",\"finish_reason\":null}]}", TOKENS_CONTENT},
	    {"{\"choices\":[{\"text\":\"\",\"finish_reason\":\"length\"}]}", TOKENS_FINISH},
	    /* responses: only the deltas are new */
	    {"{\"type\":\"response.output_text.delta\",\"delta\":\"a\"}", TOKENS_CONTENT},
	    {"{\"type\":\"response.output_text.delta\",\"delta\":\"\"}", 0},
	    {"{\"type\":\"response.reasoning_text.delta\",\"delta\":\"a\"}", TOKENS_REASONING},
	    {"{\"type\":\"response.output_text.done\",\"text\":\"all of it\"}", 0},
	    {"{\"type\":\"response.completed\",\"response\":{\"text\":\"x\",\"usage\":{\"input_tokens\":1}}}",
	     TOKENS_FINISH | TOKENS_USAGE},
	    {"{\"type\":\"response.failed\",\"response\":{}}", TOKENS_ERROR},
	    /* errors */
	    {"{\"error\":{\"message\":\"no\"}}", TOKENS_ERROR},
	    {"{\"error\":\"no\"}", TOKENS_ERROR},
	    {"{\"choices\":[],\"error\":null}", 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		enum token_finish finish;
		unsigned kinds = tokens_scan(cases[i].json, strlen(cases[i].json), &finish);

		if (kinds != (cases[i].kinds | TOKENS_JSON))
			fail_msg("%s: %#x", cases[i].json, kinds);
	}
}

static void test_finishes(void **state)
{
	static const struct {
		const char *json;
		enum token_finish finish;
	} cases[] = {
	    {"{\"finish_reason\":\"stop\"}", FINISH_STOP},
	    {"{\"finish_reason\": \"length\"}", FINISH_LENGTH},
	    {"{\"finish_reason\":\"content_filter\"}", FINISH_FILTER},
	    {"{\"finish_reason\":\"tool_calls\"}", FINISH_TOOL},
	    {"{\"finish_reason\":\"function_call\"}", FINISH_TOOL},
	    {"{\"finish_reason\":\"stopped\"}", FINISH_OTHER},
	    {"{\"type\":\"response.incomplete\"}", FINISH_LENGTH},
	    {"{\"type\":\"response.completed\"}", FINISH_STOP},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		enum token_finish finish = FINISHES;

		assert_true(tokens_scan(cases[i].json, strlen(cases[i].json), &finish) & TOKENS_FINISH);
		assert_int_equal(finish, cases[i].finish);
	}
}

static struct token_usage usage_of(const char *json)
{
	struct token_usage usage;

	tokens_usage(json, strlen(json), &usage);
	return usage;
}

static void test_usage(void **state)
{
	struct token_usage usage =
	    usage_of("{\"prompt_tokens\":9,\"usage\":{\"prompt_tokens\":12,\"completion_tokens\""
		     ":34,\"prompt_tokens_details\":{\"cached_tokens\":8},"
		     "\"completion_tokens_details\":{\"reasoning_tokens\":5}}}");

	(void)state;
	assert_int_equal(usage.input, 12);
	assert_int_equal(usage.output, 34);
	assert_int_equal(usage.cached, 8);
	assert_int_equal(usage.reasoning, 5);
	usage = usage_of("{\"usage\":{\"input_tokens\": 3, \"output_tokens\": 4}}");
	assert_int_equal(usage.input, 3);
	assert_int_equal(usage.output, 4);
	assert_int_equal(usage.cached, -1);
	usage = usage_of("{\"usage\":{\"completion_tokens\":99999999999999999999,\"prompt_tokens\":-1}}");
	assert_int_equal(usage.output, -1);
	assert_int_equal(usage.input, -1);
	assert_int_equal(usage_of("{}").output, -1);
}

static void test_messages(void **state)
{
	static const char json[] = "{\"error\":{\"message\":\"a \\\"b\\\" c\",\"code\":1}}";
	const char *text;
	size_t length = tokens_message(json, sizeof(json) - 1, &text);

	(void)state;
	assert_int_equal(length, 9);
	assert_memory_equal(text, "a \\\"b\\\" c", length);
	assert_int_equal(tokens_message("{\"message\":{\"content\":\"x\"}}", 27, &text), 0);
	/* cut off in the middle */
	assert_int_equal(tokens_message(json, 23, &text), 2);
}

static void test_not_json(void **state)
{
	enum token_finish finish;

	(void)state;
	assert_int_equal(tokens_scan("", 0, &finish), 0);
	assert_int_equal(tokens_scan("{", 1, &finish), 0);
	assert_int_equal(tokens_scan("[1]", 3, &finish), 0);
	assert_int_equal(tokens_scan(" {} \n", 5, &finish), TOKENS_JSON);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_kinds),    cmocka_unit_test(test_finishes), cmocka_unit_test(test_usage),
	    cmocka_unit_test(test_messages), cmocka_unit_test(test_not_json),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
