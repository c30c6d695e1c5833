/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Events of language models: any bytes. The scan may read nothing behind them, and what it finds is
 * inside. */
#include "fuzz.h"
#include "proto/tokens.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *json = malloc(size ? size : 1); /* without a byte to spare, for the sanitizer */
	enum token_finish finish = FINISHES;
	struct token_usage usage;
	const char *text = NULL;
	size_t length;
	unsigned kinds;

	if (!json)
		return 0;
	memcpy(json, data, size);
	kinds = tokens_scan(json, size, &finish);
	MUST(((kinds & TOKENS_FINISH) != 0) == (finish != FINISHES));
	tokens_usage(json, size, &usage);
	MUST(usage.input >= -1 && usage.output >= -1 && usage.cached >= -1 && usage.reasoning >= -1);
	length = tokens_message(json, size, &text);
	MUST(!length || (text >= json && text + length <= json + size));
	free(json);
	return 0;
}
