/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "plan/ws_plan.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#ifdef HAVE_ZLIB
#include <zlib.h>
#endif

#include "base/utf8.h"
#include "plan/check.h"

/* Options of WebSocket, but the target is not a WebSocket. */
static int check_unwanted(const struct vastar_settings *settings, struct vastar_error *err)
{
	const char *option = settings->ws_binary	       ? "--ws-binary"
			     : settings->ws_listen	       ? "--ws-listen"
			     : settings->ws_per_connection > 1 ? "--ws-per-connection"
			     : settings->ws_deflate	       ? "--ws-deflate"
			     : settings->ws_ping_ns	       ? "--ws-ping"
							       : NULL;

	if (!option)
		return 0;
	return err_set(err, VASTAR_E_USAGE, "%s: the target is no WebSocket (write ws:// or wss://)", option);
}

/* Options of HTTP that have no meaning for a WebSocket. */
static int check_others(const struct vastar_settings *settings, struct vastar_error *err)
{
	const struct {
		bool given;
		const char *option, *instead;
	} others[] = {
	    {settings->http2, "--http2", "the handshake is HTTP/1.1: leave it out"},
	    {settings->pipeline > 1, "--pipeline", "leave it out"},
	    {settings->redirect_hosts, "--redirect-hosts", "redirects are not followed: leave it out"},
	    {settings->body_source && !strcmp(settings->body_source, "-F"), "-F",
	     "a message is no form: use -d"},
	    {settings->body_source && !strcmp(settings->body_source, "--data-urlencode"), "--data-urlencode",
	     "a message is no form: use -d"},
	    {settings->expect_count > 0, "--expect", "a message has no status: leave it out"},
	    {settings->content_type != NULL, "-T",
	     "messages are text, or binary with --ws-binary: leave it out"},
	    {settings->method && strcasecmp(settings->method, "GET") != 0, "-m",
	     "the method of the handshake is GET: leave it out"},
	};

	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
		if (others[i].given)
			return err_set(err, VASTAR_E_USAGE, "%s: not with WebSocket (%s)", others[i].option,
				       others[i].instead);
	return 0;
}

/* --ws-listen sends no load, and several messages in flight need a connection that is kept. */
static int check_loads(const struct vastar_settings *settings, struct vastar_error *err)
{
	bool paced = settings->connection_rate > 0, open_loop = plan_open_loop(settings);
	uint64_t at_once = (uint64_t)settings->concurrency * settings->ws_per_connection;

	if (settings->ws_listen &&
	    (paced || open_loop || settings->disable_keepalive || settings->ws_per_connection > 1))
		return err_set(
		    err, VASTAR_E_USAGE,
		    "--ws-listen: the server decides when it sends (leave out --rate, --ramp, --stages, "
		    "--burst, -q, --disable-keepalive and --ws-per-connection)");
	if (settings->ws_per_connection > PLAN_WS_IN_FLIGHT_MAX)
		return err_set(err, VASTAR_E_USAGE,
			       "--ws-per-connection: %" PRIu32
			       " messages in flight on a connection are too many (at "
			       "most %d)",
			       settings->ws_per_connection, PLAN_WS_IN_FLIGHT_MAX);
	if (settings->ws_per_connection > 1 && (paced || settings->disable_keepalive))
		return err_set(
		    err, VASTAR_E_USAGE,
		    "--ws-per-connection and %s: there is one message at a time on a connection (leave one "
		    "of them out)",
		    paced ? "-q" : "--disable-keepalive");
	if (settings->requests && !settings->duration_ns && settings->requests < at_once)
		return err_set(err, VASTAR_E_USAGE,
			       "requests (-n): %" PRIu64 " messages cannot keep %" PRIu32
			       " connections (-c) busy with %" PRIu32 " each (raise -n, or lower -c or "
			       "--ws-per-connection)",
			       settings->requests, settings->concurrency, settings->ws_per_connection);
	return 0;
}

/* RFC 6455 section 5.6. */
static int check_text(const struct vastar_settings *settings, struct vastar_error *err)
{
	struct utf8 utf8 = {0};

	if (settings->ws_binary ||
	    (utf8_feed(&utf8, settings->body, settings->body_length) && utf8_complete(&utf8)))
		return 0;
	return err_set(err, VASTAR_E_USAGE,
		       "message (%s): a text message is UTF-8, and this is not (add --ws-binary)",
		       settings->body_source ? settings->body_source : "body");
}

/* Copies the body, with digits in place of each {{id}}. */
static int copy_message(struct ws_plan *ws, const struct vastar_settings *settings, struct vastar_error *err)
{
	static const char mark[] = "{{id}}";
	const char *from = settings->body, *end = from + settings->body_length, *at;

	ws->message = malloc(settings->body_length + WS_IDS_MAX * WS_ID_DIGITS);
	if (!ws->message)
		return err_nomem(err, "message");
	while ((at = memmem(from, (size_t)(end - from), mark, sizeof(mark) - 1))) {
		if (ws->id_count == WS_IDS_MAX)
			return err_set(err, VASTAR_E_USAGE, "message: it has {{id}} more than %d times",
				       WS_IDS_MAX);
		memcpy(ws->message + ws->length, from, (size_t)(at - from));
		ws->length += (size_t)(at - from);
		ws->id_at[ws->id_count++] = ws->length;
		memset(ws->message + ws->length, '0', WS_ID_DIGITS);
		ws->length += WS_ID_DIGITS;
		from = at + sizeof(mark) - 1;
	}
	memcpy(ws->message + ws->length, from, (size_t)(end - from));
	ws->length += (size_t)(end - from);
	if (ws->id_count && ws->length > WS_ID_MESSAGE_MAX)
		return err_set(err, VASTAR_E_USAGE, "message: with {{id}} it may have at most 32 KiB");
	if (ws->id_count && ws->listen)
		return err_set(
		    err, VASTAR_E_USAGE,
		    "--ws-listen and {{id}}: nothing that the server pushes is a response (leave one out)");
	return 0;
}

/* Compresses the message once: without context takeover the bytes are the same each time (RFC 7692 section
 * 7.2.1). */
static int compress_message(struct ws_plan *ws, struct vastar_error *err)
{
#ifdef HAVE_ZLIB
	enum { WINDOW_BITS = -15, MEMORY = 8, TAIL = 4 };
	z_stream stream = {0};
	uint8_t *packed;
	size_t room;
	int rc;

	if (ws->id_count)
		return err_set(err, VASTAR_E_USAGE,
			       "--ws-deflate and {{id}}: the message is compressed once, before the run "
			       "(leave one out)");
	if (deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, WINDOW_BITS, MEMORY,
			 Z_DEFAULT_STRATEGY) != Z_OK)
		return err_nomem(err, "message");
	room = deflateBound(&stream, ws->length) + 16;
	packed = malloc(room);
	if (!packed) {
		deflateEnd(&stream);
		return err_nomem(err, "message");
	}
	stream.next_in = ws->message;
	stream.avail_in = (uInt)ws->length;
	stream.next_out = packed;
	stream.avail_out = (uInt)room;
	rc = deflate(&stream, Z_SYNC_FLUSH);
	deflateEnd(&stream);
	free(ws->message);
	ws->message = packed;
	ws->length = room - stream.avail_out;
	if (rc != Z_OK && rc != Z_BUF_ERROR)
		return err_nomem(err, "message");
	ws->length = ws->length > TAIL ? ws->length - TAIL : 0;
	if (!ws->length) { /* an empty message is an empty block */
		packed[0] = 0;
		ws->length = 1;
	}
	ws->deflate = true;
	return 0;
#else
	(void)ws;
	return err_set(
	    err, VASTAR_E_USAGE,
	    "--ws-deflate: this vastar was built without zlib (install zlib1g-dev and build it again)");
#endif
}

int ws_plan_fill(struct ws_plan *ws, const struct vastar_settings *settings, bool wanted,
		 struct vastar_error *err)
{
	int rc = wanted ? check_others(settings, err) : check_unwanted(settings, err);

	if (!rc && wanted)
		rc = check_loads(settings, err);
	if (!rc && wanted)
		rc = check_text(settings, err);
	if (rc || !wanted)
		return rc;
	ws->in_flight = settings->ws_per_connection ? settings->ws_per_connection : 1;
	ws->ping_ns = settings->ws_ping_ns;
	ws->listen = settings->ws_listen;
	ws->binary = settings->ws_binary;
	if (settings->body_length)
		rc = copy_message(ws, settings, err);
	ws->plain_length = ws->length;
	return !rc && settings->ws_deflate ? compress_message(ws, err) : rc;
}

void ws_plan_deinit(struct ws_plan *ws)
{
	free(ws->message);
	*ws = (struct ws_plan){0};
}
