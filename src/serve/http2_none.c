/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Replaces http2.c if libnghttp2 is missing; the settings then refuse --http2. */
#include "serve/client_internal.h"
#include "serve/http2.h"

int http2_open(struct serve_worker *w, struct vastar_error *err)
{
	(void)w;
	(void)err;
	return 0;
}

void http2_close(struct serve_worker *w)
{
	(void)w;
}

bool http2_decide(struct serve_worker *w, struct client *c, const char *bytes, size_t length)
{
	(void)w;
	(void)c;
	(void)bytes;
	(void)length;
	return false;
}

bool http2_decide_by_alpn(struct serve_worker *w, struct client *c)
{
	(void)w;
	(void)c;
	return false;
}

bool http2_take(struct serve_worker *w, struct client *c, const char *bytes, size_t length)
{
	return http2_decide(w, c, bytes, length);
}

void http2_act(struct serve_worker *w, struct client *c)
{
	(void)w;
	(void)c;
}

void http2_on_sent(struct serve_worker *w, struct client *c, uint32_t taken)
{
	(void)w;
	(void)c;
	(void)taken;
}

void http2_on_due(struct serve_worker *w, uint32_t slot)
{
	(void)w;
	(void)slot;
}

void http2_end(struct serve_worker *w, struct client *c)
{
	(void)w;
	(void)c;
}

int http2_code(const char *name)
{
	(void)name;
	return -1;
}
