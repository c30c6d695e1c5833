/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The settings of the server: its responses, its delays, and its address. */
#ifndef VASTAR_SERVE_SETTINGS_H
#define VASTAR_SERVE_SETTINGS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/err.h"
#include "serve/counts.h"

enum serve_delay_kind {
	SERVE_DELAY_NONE,
	SERVE_DELAY_FIXED,	 /* a_ns */
	SERVE_DELAY_UNIFORM,	 /* evenly in [a_ns, b_ns] */
	SERVE_DELAY_EXPONENTIAL, /* a_ns is the mean */
	SERVE_DELAY_BIMODAL,	 /* b_ns with probability `share`, else a_ns */
};

struct serve_delay {
	enum serve_delay_kind kind;
	uint64_t a_ns, b_ns;
	double share;
};

/* Reads "20ms", "10ms..30ms", "exp:20ms" and "5ms,100ms:0.1" (the second in 10 % of the responses). "0"
 * means no delay. VASTAR_E_USAGE for anything else. */
int serve_delay_parse(const char *text, struct serve_delay *delay, struct vastar_error *err);

#define SERVE_STREAMS_ANY UINT32_MAX

struct serve_settings {
	/* "ADDR:PORT", "[ADDR6]:PORT" or "PORT" (then on 127.0.0.1); port 0 picks a free one. Literals and
	 * "localhost" only. Default "127.0.0.1:8080". */
	const char *address;
	bool allow_any;	  /* other addresses than loopback; without it they are refused */
	unsigned workers; /* threads, each with its own ring and listener; default 1 */
	/* most at once for each worker; 0: as many as the descriptor limit allows, at most 65536 */
	unsigned connections;

	/* The response to "/". */
	uint16_t status;	/* 200..999; default 200 */
	uint64_t body_bytes;	/* default 13: "Hello, world!" */
	unsigned extra_headers; /* X-Extra-N, at most 1000, in every response */

	/* With stream_chunks, the body has that many chunks of stream_bytes each instead, the first at once
	 * and the others after one gap each, on a schedule that does not drift. */
	uint64_t stream_chunks;
	uint64_t stream_bytes; /* 1 and up; with sse at least 9, including "data: " and two newlines */
	uint64_t stream_gap_ns;
	bool sse; /* events ("data: ...\n\n") as text/event-stream */

	/* Delay of every path except /counts. The time runs from the last byte of a request to the first of
	 * its response; pipelined requests are handled one by one. */
	struct serve_delay delay;
	/* requests handled at once, each for its delay; the others wait in order of arrival. 0: no limit.
	 * Needs one worker */
	unsigned capacity;
	/* Responses on a connection, the last one with Connection: close. 0: no limit. */
	uint64_t close_after;
	uint64_t seed; /* of the delays and faults; default 1 */
	/* This share of the requests (not to /counts) gets a faulty response, in equal parts: a RST, a
	 * response that is not HTTP, one that is cut in its body. The connection ends with it. */
	double fault_share;

	/* HTTPS. Without cert_file, a certificate is made for localhost, 127.0.0.1, ::1 and the address. */
	bool tls;
	/* PEM; the key may be in the file of the certificate */
	const char *tls_cert_file, *tls_key_file;
	const char *tls_client_ca; /* PEM: clients must have a certificate from one of these */
	bool tls_rsa;		   /* the key of the made certificate; otherwise P-256 */
	bool tls_no_tickets;	   /* sessions cannot be resumed */
	/* Called when the certificate is made, before connections are accepted: the certificate that clients
	 * should trust, in PEM format. A failure ends the server. May be NULL. */
	int (*on_certificate)(void *context, const char *pem, size_t length, struct vastar_error *err);
	/* the file with it, for the printed command; NULL: none */
	const char *tls_cert_out;

	/* HTTP/2, beside HTTP/1.1: with prior knowledge, or with `tls` by ALPN. */
	bool http2;
	uint32_t h2_streams; /* that a client may have open; default SERVE_STREAMS_ANY: as many as it likes */
	uint32_t h2_window;  /* for the body of each request; 0: 16 MiB */
	uint64_t h2_settings_delay_ns; /* nothing is sent before */
	uint64_t h2_reset_every;       /* each Nth request of a connection gets RST_STREAM; 0: none */
	uint32_t h2_reset_code;	       /* of those, /reset and fault_share; default 2, INTERNAL_ERROR */
	uint32_t h2_header_flood;      /* bytes of fields more in each response */

	/* A descriptor that becomes readable when the server should stop (an eventfd written by a signal
	 * handler or another thread, a signalfd). The server polls it and never reads it; the caller owns it.
	 * -1: the server cannot be stopped. */
	int stop_fd;

	/* total rows of the request log, an equal part for each worker; 0: no log */
	uint64_t request_log_max;
	FILE *request_log; /* where to write it as CSV at the end; NULL: no log */

	FILE *out;  /* where the address and the report go; NULL: nowhere */
	bool quiet; /* no report at the end */
	/* Called once, when connections are accepted; may be NULL. */
	void (*on_ready)(void *context, const char *url, uint16_t port);
	void *context;
	struct serve_counts *counts; /* filled when the server has stopped; NULL: not wanted */
};

void serve_settings_init(struct serve_settings *settings);

/* VASTAR_E_USAGE if settings contradict each other or are out of range. Does not check the address. */
int serve_settings_check(const struct serve_settings *settings, struct vastar_error *err);

#endif
