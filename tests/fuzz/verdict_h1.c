/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Prints the verdict of the response parser on each file (format of fuzz_h1.c), for differential.js:
 *   complete|closes|cut|broken STATUS BODY USED KEEPALIVE SENTENCE
 */
#include "fuzz.h"
#include "proto/h1.h"

static void judge(const char *bytes, size_t length, bool head_request)
{
	struct h1_parser parser;
	enum h1_progress progress;
	const char *end = "complete";
	char text[256];
	size_t used;

	h1_begin(&parser, head_request);
	progress = h1_feed(&parser, bytes, length, &used, NULL);
	if (progress == H1_MORE) {
		progress = h1_end(&parser);
		end = progress == H1_COMPLETE ? "closes" : "cut";
	}
	h1_describe(&parser, text, sizeof(text));
	printf("%s %u %llu %zu %d %s\n", progress == H1_BROKEN ? "broken" : end,
	       h1_head_done(&parser) ? parser.status : 0, (unsigned long long)parser.body_bytes, used,
	       h1_keepalive(&parser), text);
}

int main(int argc, char **argv)
{
	static char bytes[1 << 20];

	for (int i = 1; i < argc; i++) {
		FILE *file = fopen(argv[i], "rb");
		size_t length = file ? fread(bytes, 1, sizeof(bytes), file) : 0;

		if (!file || ferror(file)) {
			perror(argv[i]);
			return 1;
		}
		fclose(file);
		if (length < 4) /* the prefix */
			printf("cut 0 0 0 1 no error\n");
		else
			judge(bytes + 4, length - 4, bytes[0] & 1);
	}
	return 0;
}
