/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * The BIO that OpenSSL reads from and writes to. It is not a socket: it holds the bytes just received and
 * those to be sent next. No byte is first copied into a buffer of a BIO.
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
	/* Bytes being sent stay in place; newly written bytes wait behind them. */
	struct tls_buffer sending, waiting;
	size_t sent; /* of `sending` */
};

/* Creates a BIO on `bytes`, which must live as long as the BIO. NULL: out of memory. */
BIO *tls_bio_new(struct tls_bytes *bytes);

/* As in struct transport. */
const char *tls_bytes_output(struct tls_bytes *bytes, size_t *lengthp);
void tls_bytes_sent(struct tls_bytes *bytes, size_t count);

/* Frees the memory of empty buffers. */
void tls_bytes_shrink(struct tls_bytes *bytes);
void tls_bytes_deinit(struct tls_bytes *bytes);

#endif
