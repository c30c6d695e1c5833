/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * A transport that is not plain, for the tests: a handshake of two round trips, and then every byte is
 * changed in both directions. Linked into vastar_xor instead of engine/transport.c; the peers of harness.py
 * are the other side.
 */
#include "base/err.h"
#include "engine/transport.h"

#include <stdlib.h>
#include <string.h>

enum { KEY = 0x5a, ROUNDS = 2 };

static const char *const ours[ROUNDS] = {"hello 1\n", "hello 2\n"};
static const char *const theirs[ROUNDS] = {"welcome 1\n", "welcome 2\n"};

struct buffer {
	char *bytes;
	size_t length, capacity;
};

/* State of a worker. A channel may outlive it in another worker. */
struct shared {
	uint64_t ended;
};

struct channel {
	struct shared *shared;
	unsigned round; /* of the handshake; ROUNDS: complete */
	size_t matched; /* bytes of the peer's line in this round */
	const char *fed;
	size_t fed_length;
	/* Bytes being sent stay in place; bytes added in the meantime wait behind them. */
	struct buffer sending, waiting;
	size_t sent;
	bool broken;
};

static bool append(struct buffer *buffer, const char *bytes, size_t length, int key)
{
	if (buffer->length + length > buffer->capacity) {
		size_t capacity = 2 * (buffer->length + length);
		char *larger = realloc(buffer->bytes, capacity);

		if (!larger)
			return false;
		buffer->bytes = larger;
		buffer->capacity = capacity;
	}
	for (size_t i = 0; i < length; i++)
		buffer->bytes[buffer->length++] = (char)(bytes[i] ^ key);
	return true;
}

static void *xor_open(void *prepared, struct vastar_error *err)
{
	struct shared *shared = calloc(1, sizeof(*shared));

	(void)prepared;
	if (!shared)
		err_set(err, VASTAR_E_SYSTEM, "transport: out of memory");
	return shared;
}

static void xor_close(void *shared)
{
	free(shared);
}

/* The run has no state; a placeholder checks that it is freed. */
static void *xor_prepare(const void *settings, struct vastar_error *err)
{
	(void)settings;
	return xor_open(NULL, err);
}

static void *xor_begin(void *shared, const struct transport_peer *peer)
{
	struct channel *channel = calloc(1, sizeof(*channel));

	if (channel)
		channel->shared = shared;
	(void)peer;
	if (channel && !append(&channel->waiting, ours[0], strlen(ours[0]), 0)) {
		free(channel);
		return NULL;
	}
	return channel;
}

static void xor_end(void *at)
{
	struct channel *channel = at;

	if (!channel)
		return;
	__atomic_fetch_add(&channel->shared->ended, 1, __ATOMIC_RELAXED);
	free(channel->sending.bytes);
	free(channel->waiting.bytes);
	free(channel);
}

static bool xor_ready(const void *channel)
{
	return ((const struct channel *)channel)->round == ROUNDS;
}

static void xor_feed(void *at, const char *bytes, size_t length)
{
	struct channel *channel = at;

	channel->fed = bytes;
	channel->fed_length = length;
}

/* False: the peer sends something else. */
static bool shake_hands(struct channel *channel)
{
	while (channel->round < ROUNDS && channel->fed_length) {
		const char *line = theirs[channel->round];

		if (*channel->fed != line[channel->matched])
			return false;
		channel->fed++;
		channel->fed_length--;
		if (line[++channel->matched])
			continue;
		channel->matched = 0;
		if (++channel->round < ROUNDS &&
		    !append(&channel->waiting, ours[channel->round], strlen(ours[channel->round]), 0))
			return false;
	}
	return true;
}

static long xor_read(void *at, char *into, size_t size)
{
	struct channel *channel = at;
	size_t count;

	channel->broken = channel->broken || !shake_hands(channel);
	if (channel->broken)
		return -1;
	count = channel->fed_length < size ? channel->fed_length : size;
	for (size_t i = 0; i < count; i++)
		into[i] = (char)(channel->fed[i] ^ KEY);
	channel->fed += count;
	channel->fed_length -= count;
	return (long)count;
}

static const char *xor_broken(const void *channel)
{
	(void)channel;
	return "the peer did not welcome the connection";
}

static bool xor_write(void *at, const char *bytes, size_t length)
{
	return append(&((struct channel *)at)->waiting, bytes, length, KEY);
}

static const char *xor_output(void *at, size_t *lengthp)
{
	struct channel *channel = at;

	if (channel->sent == channel->sending.length) {
		struct buffer empty = channel->sending;

		empty.length = channel->sent = 0;
		channel->sending = channel->waiting;
		channel->waiting = empty;
	}
	*lengthp = channel->sending.length - channel->sent;
	return channel->sending.bytes + channel->sent;
}

static void xor_sent(void *at, size_t bytes)
{
	((struct channel *)at)->sent += bytes;
}

static const struct transport transport_xor = {
    .name = "xor",
    .prepare = xor_prepare,
    .discard = xor_close,
    .open = xor_open,
    .close = xor_close,
    .begin = xor_begin,
    .end = xor_end,
    .ready = xor_ready,
    .feed = xor_feed,
    .read = xor_read,
    .broken = xor_broken,
    .write = xor_write,
    .output = xor_output,
    .sent = xor_sent,
};

const struct transport *transport_of(const struct target *target)
{
	(void)target;
	return &transport_xor;
}
