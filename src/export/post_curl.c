/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The module that posts. */
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "export/post.h"

enum { CONNECT_MS = 2000, SEND_MS = 5000 };

struct post {
	CURL *curl;
	struct curl_slist *headers;
	char *said;
	size_t said_size, said_length;
};

static size_t keep(char *bytes, size_t size, size_t count, void *context)
{
	struct post *post = context;
	size_t length = size * count, room = post->said_size - 1 - post->said_length;

	length = length < room ? length : room;
	memcpy(post->said + post->said_length, bytes, length);
	post->said_length += length;
	post->said[post->said_length] = '\0';
	return size * count;
}

static void close_post(struct post *post)
{
	curl_slist_free_all(post->headers);
	curl_easy_cleanup(post->curl);
	free(post);
}

static struct post *open_post(const char *url, const char *const *headers)
{
	struct post *post = calloc(1, sizeof(*post));

	if (!post)
		return NULL;
	curl_global_init(CURL_GLOBAL_DEFAULT);
	post->curl = curl_easy_init();
	for (size_t i = 0; headers[i]; i++) {
		struct curl_slist *longer = curl_slist_append(post->headers, headers[i]);

		if (!longer)
			break;
		post->headers = longer;
	}
	if (!post->curl || curl_easy_setopt(post->curl, CURLOPT_URL, url)) {
		close_post(post);
		return NULL;
	}
	curl_easy_setopt(post->curl, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(post->curl, CURLOPT_HTTPHEADER, post->headers);
	curl_easy_setopt(post->curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(post->curl, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_MS);
	curl_easy_setopt(post->curl, CURLOPT_TIMEOUT_MS, (long)SEND_MS);
	curl_easy_setopt(post->curl, CURLOPT_WRITEFUNCTION, keep);
	curl_easy_setopt(post->curl, CURLOPT_WRITEDATA, post);
	curl_easy_setopt(post->curl, CURLOPT_USERAGENT, "vastar/" VASTAR_VERSION);
	return post;
}

static long send_post(struct post *post, const char *bytes, size_t length, char *said, size_t said_size,
		      char *why, size_t why_size)
{
	char text[CURL_ERROR_SIZE] = "";
	long status = 0;
	CURLcode code;

	post->said = said;
	post->said_size = said_size;
	post->said_length = 0;
	*said = '\0';
	curl_easy_setopt(post->curl, CURLOPT_ERRORBUFFER, text);
	curl_easy_setopt(post->curl, CURLOPT_POSTFIELDS, bytes);
	curl_easy_setopt(post->curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)length);
	code = curl_easy_perform(post->curl);
	curl_easy_setopt(post->curl, CURLOPT_ERRORBUFFER, NULL);
	if (code) {
		snprintf(why, why_size, "%s", *text ? text : curl_easy_strerror(code));
		return 0;
	}
	curl_easy_getinfo(post->curl, CURLINFO_RESPONSE_CODE, &status);
	return status;
}

__attribute__((visibility("default"))) extern const struct post_module vastar_push_module;

const struct post_module vastar_push_module = {
    .version = VASTAR_VERSION, .open = open_post, .send = send_post, .close = close_post};
