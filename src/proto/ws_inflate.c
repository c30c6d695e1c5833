/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "proto/ws_inflate.h"

#ifdef HAVE_ZLIB

#include <stdlib.h>
#include <zlib.h>

enum { OUT = 4096, WINDOW_BITS = -15 /* no header */ };

struct ws_inflater {
	z_stream stream;
};

struct ws_inflater *ws_inflater_new(void)
{
	struct ws_inflater *inflater = calloc(1, sizeof(*inflater));

	if (inflater && inflateInit2(&inflater->stream, WINDOW_BITS) != Z_OK) {
		free(inflater);
		return NULL;
	}
	return inflater;
}

void ws_inflater_free(struct ws_inflater *inflater)
{
	if (inflater)
		inflateEnd(&inflater->stream);
	free(inflater);
}

void ws_inflater_reset(struct ws_inflater *inflater)
{
	inflateReset(&inflater->stream);
}

/* A block may be marked as the last one, and others may follow (RFC 7692 section 7.2.3.4). */
static bool feed(struct ws_inflater *inflater, const uint8_t *bytes, size_t length, ws_inflated *take,
		 void *context)
{
	z_stream *stream = &inflater->stream;
	uint8_t out[OUT];
	int rc;

	stream->next_in = (uint8_t *)(uintptr_t)bytes;
	stream->avail_in = (uInt)length;
	do {
		stream->next_out = out;
		stream->avail_out = sizeof(out);
		rc = inflate(stream, Z_SYNC_FLUSH);
		if (rc == Z_STREAM_END)
			rc = inflateReset(stream);
		if (rc != Z_OK && rc != Z_BUF_ERROR) /* the latter: nothing to do */
			return false;
		if (stream->avail_out < sizeof(out) && !take(context, out, sizeof(out) - stream->avail_out))
			return false;
	} while (stream->avail_in || !stream->avail_out);
	return true;
}

/* The sender has cut off the end of the last block (RFC 7692 section 7.2.1). */
bool ws_inflate(struct ws_inflater *inflater, const uint8_t *bytes, size_t length, bool last,
		ws_inflated *take, void *context)
{
	static const uint8_t tail[] = {0x00, 0x00, 0xff, 0xff};

	return (!length || feed(inflater, bytes, length, take, context)) &&
	       (!last || feed(inflater, tail, sizeof(tail), take, context));
}

#else

struct ws_inflater *ws_inflater_new(void)
{
	return NULL;
}

void ws_inflater_free(struct ws_inflater *inflater)
{
	(void)inflater;
}

void ws_inflater_reset(struct ws_inflater *inflater)
{
	(void)inflater;
}

bool ws_inflate(struct ws_inflater *inflater, const uint8_t *bytes, size_t length, bool last,
		ws_inflated *take, void *context)
{
	(void)inflater;
	(void)bytes;
	(void)length;
	(void)last;
	(void)take;
	(void)context;
	return false;
}

#endif
