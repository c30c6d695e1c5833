/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Where OpenSSL reads and writes: not a socket, but the bytes that were just received and those that will be
 * sent next. No byte is copied into a buffer of a BIO first.
 */
#ifndef VASTAR_IO_TLS_BIO_H
#define VASTAR_IO_TLS_BIO_H

#include <openssl/bio.h>
#include <stdbool.h>
#include <stddef.h>

struct tls_buffer {
	char *bytes; /* owned */
	size_t length, capacity;
};

struct tls_bytes {
	const char *in; /* not read yet; not owned */
	size_t in_length;
	/* What is being sent stays in place; what is written meanwhile waits behind it. */
	struct tls_buffer sending, waiting;
	size_t sent; /* of `sending` */
};

/* A BIO on `bytes`, which must live as long. NULL: out of memory. */
BIO *tls_bio_new(struct tls_bytes *bytes);

/* As struct transport has them. */
const char *tls_bytes_output(struct tls_bytes *bytes, size_t *lengthp);
void tls_bytes_sent(struct tls_bytes *bytes, size_t count);

/* Gives back the memory of buffers that hold nothing. */
void tls_bytes_shrink(struct tls_bytes *bytes);
void tls_bytes_deinit(struct tls_bytes *bytes);

#endif
