/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "io/tls_bio.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_CAPACITY = 1024 };

static bool append(struct tls_buffer *buffer, const char *bytes, size_t length)
{
	if (buffer->length + length > buffer->capacity) {
		size_t capacity = buffer->capacity ? buffer->capacity : FIRST_CAPACITY;
		char *larger;

		while (capacity < buffer->length + length)
			capacity *= 2;
		larger = realloc(buffer->bytes, capacity);
		if (!larger)
			return false;
		buffer->bytes = larger;
		buffer->capacity = capacity;
	}
	memcpy(buffer->bytes + buffer->length, bytes, length);
	buffer->length += length;
	return true;
}

/* ---- callbacks of OpenSSL ---- */

static int bio_read(BIO *bio, char *into, int size)
{
	struct tls_bytes *bytes = BIO_get_data(bio);
	size_t count = bytes->in_length < (size_t)size ? bytes->in_length : (size_t)size;

	BIO_clear_retry_flags(bio);
	if (!count) {
		BIO_set_retry_read(bio);
		return -1;
	}
	memcpy(into, bytes->in, count);
	bytes->in += count;
	bytes->in_length -= count;
	return (int)count;
}

static int bio_write(BIO *bio, const char *from, int length)
{
	struct tls_bytes *bytes = BIO_get_data(bio);

	BIO_clear_retry_flags(bio);
	return append(&bytes->waiting, from, (size_t)length) ? length : -1;
}

/* OpenSSL also asks here for kernel TLS, which needs a socket; this BIO has none. */
static long bio_control(BIO *bio, int command, long number, void *pointer)
{
	const struct tls_bytes *bytes = BIO_get_data(bio);

	(void)number;
	(void)pointer;
	switch (command) {
	case BIO_CTRL_FLUSH:
		return 1;
	case BIO_CTRL_PENDING:
		return (long)bytes->in_length;
	default:
		return 0;
	}
}

static int bio_create(BIO *bio)
{
	BIO_set_init(bio, 1);
	return 1;
}

static BIO_METHOD *method;

static void make_method(void)
{
	method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "vastar");
	if (!method)
		return;
	BIO_meth_set_read(method, bio_read);
	BIO_meth_set_write(method, bio_write);
	BIO_meth_set_ctrl(method, bio_control);
	BIO_meth_set_create(method, bio_create);
}

/* ---- the interface ---- */

BIO *tls_bio_new(struct tls_bytes *bytes)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	BIO *bio;

	pthread_once(&once, make_method);
	bio = method ? BIO_new(method) : NULL;
	if (bio)
		BIO_set_data(bio, bytes);
	return bio;
}

const char *tls_bytes_output(struct tls_bytes *bytes, size_t *lengthp)
{
	if (bytes->sent == bytes->sending.length) {
		struct tls_buffer empty = bytes->sending;

		empty.length = bytes->sent = 0;
		bytes->sending = bytes->waiting;
		bytes->waiting = empty;
	}
	*lengthp = bytes->sending.length - bytes->sent;
	return *lengthp ? bytes->sending.bytes + bytes->sent : NULL;
}

void tls_bytes_sent(struct tls_bytes *bytes, size_t count)
{
	bytes->sent += count;
}

static void shrink(struct tls_buffer *buffer)
{
	free(buffer->bytes);
	*buffer = (struct tls_buffer){0};
}

void tls_bytes_shrink(struct tls_bytes *bytes)
{
	if (bytes->sent == bytes->sending.length) {
		shrink(&bytes->sending);
		bytes->sent = 0;
	}
	if (!bytes->waiting.length)
		shrink(&bytes->waiting);
}

void tls_bytes_deinit(struct tls_bytes *bytes)
{
	free(bytes->sending.bytes);
	free(bytes->waiting.bytes);
}
