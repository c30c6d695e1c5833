/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * The client side of an HTTP/2 connection compared with libnghttp2: the same bytes of a server must give
 * the same streams, statuses and body lengths, or a reason from the list below. Input: an unused byte,
 * three bytes for the lengths of the pieces, then what the server sends after its SETTINGS and its ACK.
 */
#include <nghttp2/nghttp2.h>

#include "fuzz.h"
#include "proto/h2.h"

enum { PREFIX = 4, STREAMS = 4, WINDOW = 1 << 20 };

static const uint8_t greeting[2 * H2_FRAME_HEAD] = {0, 0, 0, H2_SETTINGS, 0, 0,		  0,
						    0, 0, 0, 0,		  0, H2_SETTINGS, H2_ACK};

enum fate { OPEN, COMPLETE, RESET, MALFORMED };

struct outcome {
	enum fate fate;
	unsigned status;
	uint64_t body;
};

/*
 * Where the two differ, and why we are right. After one of these errors only streams that are complete in
 * both are compared.
 */
static const enum h2_error excuses[] = {
    /* Section 5.1: a frame after END_STREAM is a connection error. libnghttp2 ignores it. */
    H2_ERROR_STREAM_ENDED,
    /* Section 6.9.2: a setting that makes windows too large is a connection error. libnghttp2 resets the
     * streams. */
    H2_ERROR_STREAM_WINDOW_OVERFLOW,
    /* Section 6.9: an increment of 0 on a stream is a stream error. libnghttp2 ends the connection. */
    H2_ERROR_STREAM_WINDOW_UPDATE,
    /* Section 8.1.1: a malformed response is a stream error. libnghttp2 ends the connection. */
    H2_ERROR_DATA_FIRST,
    /* Section 8.3.2 and RFC 9110 section 15: 000 to 099 are invalid. libnghttp2 accepts any three digits. */
    H2_ERROR_STATUS,
};

static bool excusable(enum h2_error error)
{
	for (size_t i = 0; i < sizeof(excuses) / sizeof(*excuses); i++)
		if (excuses[i] == error)
			return true;
	return false;
}

/* The connection as one implementation sees it. */
struct account {
	struct outcome streams[STREAMS];
	bool broken, away;
	enum h2_error error; /* only ours: the connection error */
	bool excused;	     /* an error of the list has occurred */
	char reason[100];    /* only libnghttp2's */
	size_t reason_length;
};

static struct outcome *outcome_of(struct account *account, uint32_t id)
{
	return id & 1 && id / 2 < STREAMS ? &account->streams[id / 2] : NULL;
}

/* ---- ours ---- */

static void note(struct account *account, const struct h2 *h, const struct h2_stream *stream,
		 enum h2_progress progress)
{
	struct outcome *outcome = outcome_of(account, stream->id);

	MUST(outcome);
	if (progress == H2_MALFORMED)
		account->excused |= excusable(h->error);
	outcome->fate = progress == H2_COMPLETE ? COMPLETE : progress == H2_RESET ? RESET : MALFORMED;
	outcome->status = stream->status;
	outcome->body = stream->body_bytes;
}

static bool ours_feed(struct account *account, struct h2 *h, const uint8_t *at, size_t length)
{
	const uint8_t *end = at + length;
	struct h2_stream *stream = NULL;

	for (;;) {
		enum h2_progress progress = h2_feed(h, &at, end, &stream);
		uint32_t pending;

		if (progress == H2_MORE)
			break;
		if (progress >= H2_COMPLETE && progress <= H2_MALFORMED) {
			note(account, h, stream, progress);
			h2_close(h, stream);
		}
		if (progress == H2_AWAY) {
			account->away = true;
			for (uint32_t i = 0; i <= h->mask; i++)
				if (h->streams[i].id > h->last_id) {
					note(account, h, &h->streams[i], H2_RESET);
					h2_close(h, &h->streams[i]);
				}
		}
		if (progress == H2_BROKEN) {
			account->broken = true;
			account->error = h->error;
			account->excused |= excusable(h->error);
			/* Section 6.1 also applies to abandoned streams. libnghttp2 ignores their
			 * DATA. */
			if (h->error == H2_ERROR_PADDING && !h2_find(h, h->stream_id))
				account->excused = true;
			/* Section 4.2 also applies to CONTINUATION. libnghttp2 accepts any length. */
			if (h->error == H2_ERROR_FRAME_TOO_LONG && h->block_stream)
				account->excused = true;
			return false;
		}
		h2_output(h, &pending);
		h2_taken(h, pending);
	}
	return true;
}

static struct account ours(const uint8_t *bytes, size_t length, const uint8_t *pieces)
{
	static const char text[] = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
	struct account account = {0};
	struct h2_request request;
	struct h2_config config = {.request = &request, .streams = STREAMS, .window = WINDOW};
	struct h2 *h;
	bool goes_on;

	MUST(h2_request_build(&request, text, strlen(text), strlen(text), false));
	h = h2_new(&config, STREAMS);
	MUST(h && h2_begin(h));
	while (h2_room(h))
		h2_open(h);
	goes_on = ours_feed(&account, h, greeting, sizeof(greeting));
	for (size_t i = 0, used = 0; goes_on && used < length; i = (i + 1) % 3) {
		size_t count = (size_t)pieces[i] * 8 + 1;

		count = count < length - used ? count : length - used;
		goes_on = ours_feed(&account, h, bytes + used, count);
		used += count;
	}
	h2_free(h);
	h2_request_deinit(&request);
	return account;
}

/* ---- theirs ---- */

static int on_header(nghttp2_session *session, const nghttp2_frame *frame, const uint8_t *name,
		     size_t name_length, const uint8_t *value, size_t value_length, uint8_t flags, void *user)
{
	struct outcome *outcome = outcome_of(user, (uint32_t)frame->hd.stream_id);

	(void)session;
	(void)flags;
	if (outcome && name_length == 7 && !memcmp(name, ":status", 7) && value_length == 3)
		outcome->status = (unsigned)(100 * (value[0] - '0') + 10 * (value[1] - '0') + value[2] - '0');
	return 0;
}

/* By default libnghttp2 drops such a field; we refuse the response (RFC 9113 section 8.1.1). */
static int on_invalid_header(nghttp2_session *session, const nghttp2_frame *frame, const uint8_t *name,
			     size_t name_length, const uint8_t *value, size_t value_length, uint8_t flags,
			     void *user)
{
	(void)session;
	(void)frame;
	(void)name;
	(void)name_length;
	(void)value;
	(void)value_length;
	(void)flags;
	(void)user;
	return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
}

/* RFC 9110 section 8.6: two equal lengths may be accepted. libnghttp2 refuses them. */
static int on_error(nghttp2_session *session, int code, const char *message, size_t length, void *user)
{
	struct account *account = user;

	(void)session;
	(void)code;
	if (memmem(message, length, "name: [content-length]", 22))
		account->excused = true;
	return 0;
}

static int on_data(nghttp2_session *session, uint8_t flags, int32_t id, const uint8_t *data, size_t length,
		   void *user)
{
	struct outcome *outcome = outcome_of(user, (uint32_t)id);

	(void)session;
	(void)flags;
	(void)data;
	if (outcome)
		outcome->body += length;
	return 0;
}

static int on_frame(nghttp2_session *session, const nghttp2_frame *frame, void *user)
{
	struct account *account = user;
	struct outcome *outcome = outcome_of(account, (uint32_t)frame->hd.stream_id);

	(void)session;
	if (frame->hd.type == NGHTTP2_GOAWAY)
		account->away = true;
	if (frame->hd.type == NGHTTP2_RST_STREAM && outcome && outcome->fate == OPEN)
		outcome->fate = RESET;
	return 0;
}

/* Reasons for which libnghttp2 may end a connection that we continue. */
static bool forgivable(const struct account *account)
{
	static const char *const reasons[] = {
	    /* Section 6.5.2: settings of other RFCs (8441, 9218), which the client does not use, are ignored.
	     * libnghttp2 knows them and checks their values. */
	    "ENABLE_CONNECT_PROTOCOL",
	    "NO_RFC7540_PRIORITIES",
	    /* Section 6.8: the last stream must not increase. We keep the lower one and continue. */
	    "invalid last_stream_id",
	    /* Section 6.5.3 does not forbid surplus ACKs. */
	    "unexpected ACK",
	    /* Section 5.3: priorities are obsolete and ignored. */
	    "depend on itself",
	    /* Section 5.1: frames for a stream that was reset as malformed are ignored. libnghttp2 still
	     * treats it as half-closed. */
	    "stream in half-closed(remote)",
	    "HEADERS: stream closed",
	    /* Section 6.9: a stream error, and this stream was already reset. */
	    "WINDOW_UPDATE: window_size_increment == 0",
	};

	for (size_t i = 0; i < sizeof(reasons) / sizeof(*reasons); i++)
		if (memmem(account->reason, account->reason_length, reasons[i], strlen(reasons[i])))
			return true;
	return false;
}

static int on_sent(nghttp2_session *session, const nghttp2_frame *frame, void *user)
{
	struct account *account = user;
	struct outcome *outcome = outcome_of(account, (uint32_t)frame->hd.stream_id);

	(void)session;
	if (frame->hd.type == NGHTTP2_GOAWAY) {
		size_t length = frame->goaway.opaque_data_len;

		account->broken = true;
		account->reason_length = length < sizeof(account->reason) ? length : sizeof(account->reason);
		memcpy(account->reason, frame->goaway.opaque_data ? frame->goaway.opaque_data : (uint8_t *)"",
		       account->reason_length);
		account->excused |= forgivable(account);
	}
	if (frame->hd.type == NGHTTP2_RST_STREAM && outcome && outcome->fate == OPEN)
		outcome->fate = MALFORMED;
	return 0;
}

static int on_close(nghttp2_session *session, int32_t id, uint32_t code, void *user)
{
	struct outcome *outcome = outcome_of(user, (uint32_t)id);

	(void)session;
	if (outcome && outcome->fate == OPEN)
		outcome->fate = code == NGHTTP2_NO_ERROR ? COMPLETE : RESET;
	return 0;
}

static bool send_all(nghttp2_session *session)
{
	const uint8_t *bytes;
	ssize_t length;

	while ((length = nghttp2_session_mem_send(session, &bytes)) > 0)
		;
	return !length;
}

static void submit_all(nghttp2_session *session)
{
	nghttp2_nv fields[] = {
	    {(uint8_t *)":method", (uint8_t *)"GET", 7, 3, 0},
	    {(uint8_t *)":scheme", (uint8_t *)"http", 7, 4, 0},
	    {(uint8_t *)":authority", (uint8_t *)"a", 10, 1, 0},
	    {(uint8_t *)":path", (uint8_t *)"/", 5, 1, 0},
	};
	nghttp2_settings_entry settings[] = {{NGHTTP2_SETTINGS_ENABLE_PUSH, 0},
					     {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, WINDOW}};

	MUST(!nghttp2_submit_settings(session, 0, settings, 2));
	MUST(!nghttp2_session_set_local_window_size(session, 0, 0, WINDOW));
	for (int i = 0; i < STREAMS; i++)
		MUST(nghttp2_submit_request(session, NULL, fields, 4, NULL, NULL) == 2 * i + 1);
	MUST(send_all(session));
}

static bool theirs_feed(nghttp2_session *session, const uint8_t *bytes, size_t length)
{
	ssize_t taken = nghttp2_session_mem_recv(session, bytes, length);

	return taken == (ssize_t)length && send_all(session);
}

static struct account theirs(const uint8_t *bytes, size_t length)
{
	struct account account = {0};
	nghttp2_session_callbacks *calls;
	nghttp2_session *session;

	MUST(!nghttp2_session_callbacks_new(&calls));
	nghttp2_session_callbacks_set_on_header_callback(calls, on_header);
	nghttp2_session_callbacks_set_on_invalid_header_callback(calls, on_invalid_header);
	nghttp2_session_callbacks_set_error_callback2(calls, on_error);
	nghttp2_session_callbacks_set_on_data_chunk_recv_callback(calls, on_data);
	nghttp2_session_callbacks_set_on_frame_recv_callback(calls, on_frame);
	nghttp2_session_callbacks_set_on_frame_send_callback(calls, on_sent);
	nghttp2_session_callbacks_set_on_stream_close_callback(calls, on_close);
	MUST(!nghttp2_session_client_new(&session, calls, &account));
	submit_all(session);
	MUST(theirs_feed(session, greeting, sizeof(greeting)));
	if (!theirs_feed(session, bytes, length))
		account.broken = true;
	nghttp2_session_del(session);
	nghttp2_session_callbacks_del(calls);
	return account;
}

/* ---- the verdict ---- */

static void show(const char *who, const struct account *account)
{
	fprintf(stderr, "%s: %s%s%s%.*s\n", who, account->broken ? "broken " : "",
		account->away ? "away " : "", account->error ? h2_error_text(account->error) : "",
		(int)account->reason_length, account->reason);
	for (int i = 0; i < STREAMS; i++)
		fprintf(stderr, "  stream %d: fate %d, status %u, %llu bytes\n", 2 * i + 1,
			account->streams[i].fate, account->streams[i].status,
			(unsigned long long)account->streams[i].body);
}

static bool agree(const struct account *a, const struct account *b)
{
	bool excused = a->excused || b->excused;

	for (int i = 0; i < STREAMS; i++) {
		const struct outcome *x = &a->streams[i], *y = &b->streams[i];
		bool both = x->fate == COMPLETE && y->fate == COMPLETE;

		if (!excused && !a->broken && !b->broken && (x->fate == COMPLETE) != (y->fate == COMPLETE))
			return false;
		if (both && (x->status != y->status || x->body != y->body))
			return false;
	}
	return excused || a->broken == b->broken;
}

/* Section 6.5.3: settings are processed in order. If a frame repeats one, libnghttp2 uses only the last. */
static bool repeats_setting(const uint8_t *frame)
{
	size_t length = frame[3] == H2_SETTINGS ? h2_get24(frame) : 0;
	const uint8_t *settings = frame + H2_FRAME_HEAD;

	for (size_t i = 6; i + 6 <= length; i += 6)
		for (size_t j = 0; j < i; j += 6)
			if (!memcmp(settings + i, settings + j, 2))
				return true;
	return false;
}

/* Whole frames and blocks only. We check the head of an incomplete frame at once, libnghttp2 only the
 * complete frame. libnghttp2 decodes each frame of a block at once, we only the complete block. */
static size_t whole_frames(const uint8_t *bytes, size_t length, bool *repeatsp)
{
	size_t at = 0, whole = 0;
	bool in_block = false;

	while (length - at >= H2_FRAME_HEAD) {
		size_t size = H2_FRAME_HEAD + h2_get24(bytes + at);

		if (size > H2_FRAME_HEAD + H2_FRAME_MAX)
			return length;
		if (size > length - at)
			break;
		if (bytes[at + 3] == H2_HEADERS || bytes[at + 3] == H2_CONTINUATION)
			in_block = !(bytes[at + 4] & H2_END_HEADERS);
		else
			in_block = false; /* an open block is broken by this frame */
		*repeatsp |= repeats_setting(bytes + at);
		at += size;
		if (!in_block)
			whole = at;
	}
	return whole;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct account a, b;
	bool repeats = false;

	if (size < PREFIX)
		return 0;
	size = PREFIX + whole_frames(data + PREFIX, size - PREFIX, &repeats);
	a = ours(data + PREFIX, size - PREFIX, data + 1);
	b = theirs(data + PREFIX, size - PREFIX);
	a.excused |= repeats;
	if (!agree(&a, &b)) {
		show("vastar", &a);
		show("libnghttp2", &b);
		abort();
	}
	return 0;
}
