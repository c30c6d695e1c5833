/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The response parser: bytes per nanosecond for common responses, and for the corpus of fuzz_h1.c.
 * Usage: bench_h1 CORPUS */
#include <dirent.h>
#include <string.h>

#include "bench.h"
#include "proto/h1.h"

enum { ANSWERS = 50000, CORPUS_PASSES = 300, CORPUS_MAX = 1000, PREFIX = 4 };

/* As nginx 1.22 sends for a small static file. */
static const char nginx[] = "HTTP/1.1 200 OK\r\n"
			    "Server: nginx/1.22.1\r\n"
			    "Date: Tue, 01 Oct 2024 08:49:37 GMT\r\n"
			    "Content-Type: text/html\r\n"
			    "Content-Length: 13\r\n"
			    "Last-Modified: Tue, 01 Oct 2024 08:00:00 GMT\r\n"
			    "Connection: keep-alive\r\n"
			    "ETag: \"66fbab00-d\"\r\n"
			    "Accept-Ranges: bytes\r\n"
			    "\r\n"
			    "Hello, world\n";

static const char chunked[] = "HTTP/1.1 200 OK\r\n"
			      "Content-Type: text/event-stream\r\n"
			      "Transfer-Encoding: chunked\r\n"
			      "\r\n"
			      "19\r\ndata: {\"token\": \"hello\"}\n\r\n"
			      "19\r\ndata: {\"token\": \"world\"}\n\r\n"
			      "0\r\n"
			      "\r\n";

/* ---- one response ---- */

struct answer {
	const char *bytes;
	size_t length, piece;
	struct h1_memo *memo; /* NULL: not used */
};

static void parse(void *context, unsigned iterations)
{
	const struct answer *answer = context;

	while (iterations--) {
		enum h1_progress progress = H1_MORE;
		struct h1_parser parser;
		size_t used;

		h1_begin(&parser, false);
		for (size_t at = 0; at < answer->length && progress == H1_MORE; at += used) {
			size_t left = answer->length - at;
			size_t count = answer->piece < left ? answer->piece : left;

			if (answer->memo && !at)
				progress =
				    h1_feed_memo(&parser, answer->memo, answer->bytes, count, &used, NULL);
			else
				progress = h1_feed(&parser, answer->bytes + at, count, &used, NULL);
		}
		bench_must(progress == H1_COMPLETE, "an answer was not understood");
	}
}

static void measure(const char *name, const char *bytes, size_t piece, bool with_memo)
{
	static struct h1_memo memo;
	size_t length = strlen(bytes);
	struct answer answer = {bytes, length, piece ? piece : length, with_memo ? &memo : NULL};

	memo.length = 0;
	bench_line(name, (double)length / bench_ns(parse, &answer, ANSWERS), "bytes/ns");
}

/* ---- the corpus ---- */

struct corpus {
	struct input {
		char *bytes;
		size_t length;
		bool head_request;
	} inputs[CORPUS_MAX];
	unsigned count;
	size_t bytes; /* of all inputs */
};

static void corpus_add(struct corpus *corpus, const char *path)
{
	static char bytes[1 << 16];
	FILE *file = fopen(path, "rb");
	size_t length = file ? fread(bytes, 1, sizeof(bytes), file) : 0;
	struct input *input = &corpus->inputs[corpus->count];

	bench_must(file && !ferror(file), path);
	fclose(file);
	if (length <= PREFIX || corpus->count == CORPUS_MAX)
		return;
	input->length = length - PREFIX;
	input->head_request = bytes[0] & 1;
	input->bytes = malloc(input->length);
	bench_must(input->bytes != NULL, "out of memory");
	memcpy(input->bytes, bytes + PREFIX, input->length);
	corpus->bytes += input->length;
	corpus->count++;
}

static void corpus_load(struct corpus *corpus, const char *folder)
{
	DIR *dir = opendir(folder);
	struct dirent *entry;
	char path[4096];

	bench_must(dir != NULL, folder);
	while ((entry = readdir(dir))) {
		snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
		if (entry->d_name[0] != '.')
			corpus_add(corpus, path);
	}
	closedir(dir);
	bench_must(corpus->count > 0, "the corpus is empty");
}

/* Valid and broken inputs alike: the number of input bytes counts. */
static void parse_corpus(void *context, unsigned iterations)
{
	const struct corpus *corpus = context;

	while (iterations--)
		for (unsigned i = 0; i < corpus->count; i++) {
			const struct input *input = &corpus->inputs[i];
			struct h1_parser parser;
			size_t used;

			h1_begin(&parser, input->head_request);
			h1_feed(&parser, input->bytes, input->length, &used, NULL);
			bench_keep(&parser);
		}
}

static void measure_corpus(const char *folder)
{
	static struct corpus corpus;

	corpus_load(&corpus, folder);
	bench_line("h1: corpus, whole", (double)corpus.bytes / bench_ns(parse_corpus, &corpus, CORPUS_PASSES),
		   "bytes/ns");
	for (unsigned i = 0; i < corpus.count; i++)
		free(corpus.inputs[i].bytes);
}

int main(int argc, char **argv)
{
	bench_must(argc == 2, "usage: bench_h1 CORPUS");
	measure("h1: nginx", nginx, 0, false);
	measure("h1: nginx, remembered", nginx, 0, true);
	measure("h1: nginx, in pieces of 64", nginx, 64, false);
	measure("h1: nginx, byte by byte", nginx, 1, false);
	measure("h1: chunked stream", chunked, 0, false);
	measure("h1: chunked stream, remembered", chunked, 0, true);
	measure_corpus(argv[1]);
	return 0;
}
