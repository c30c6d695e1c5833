/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* --urls. Input: the file. */
#include "fuzz.h"
#include "plan/mix.h"
#include "plan/url_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct vastar_error err = {.text = ""};
	struct url_file file;
	struct vastar_request *requests;

	if (url_file_parse(&file, "f", (const char *)data, size, &err)) {
		MUST(err.status == VASTAR_E_USAGE && !strncmp(err.text, "f:", 2));
		url_file_free(&file);
		return 0;
	}
	MUST(file.count > 0 && file.count <= MIX_REQUESTS_MAX);
	requests = url_file_requests(&file);
	for (size_t i = 0; i < file.count; i++) {
		MUST(requests[i].url && requests[i].origin && requests[i].weight <= MIX_WEIGHT_MAX);
		MUST(!requests[i].body || requests[i].body_length == strlen(requests[i].body));
		for (size_t k = 0; k < requests[i].header_count; k++)
			MUST(requests[i].headers[k]);
	}
	free(requests);
	url_file_free(&file);
	return 0;
}
