/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * HTTP/1.1 responses from bytes (RFC 9112): a pure state machine. No I/O, no clock, no allocation; the same
 * response however the bytes are cut.
 *
 * Interim responses (1xx) are skipped; 101 was not asked for and is an error. Transfer-Encoding beats
 * Content-Length. Framing per RFC 9112 section 6.3: HEAD, 204 and 304 have no body; chunked as the final
 * coding; Content-Length; else the body lasts until the peer closes. Strict on the rest: each breach is an
 * enum h1_error.
 */
#ifndef VASTAR_PROTO_H1_H
#define VASTAR_PROTO_H1_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum h1_progress {
	H1_MORE, /* everything was used, the response goes on */
	/* the response has ended; bytes that were not used belong to nobody (a stray) or to the next
	 * response */
	H1_COMPLETE,
	H1_BROKEN, /* h1_error says how */
};

enum { H1_HEAD_MAX = 64 * 1024, H1_TEXT_KEPT = 31 };

/* One entry a sentence: name, text. "%s" in the text is the offending token, made printable. */
#define H1_ERRORS(X)                                                                                         \
	X(H1_E_NONE, "no error")                                                                             \
	X(H1_E_STATUS_LINE, "status line '%s' is not HTTP")                                                  \
	X(H1_E_VERSION, "version in '%s' is not HTTP/1.0 or HTTP/1.1")                                       \
	X(H1_E_STATUS_CODE, "status code in '%s' is not three digits from 100 to 599")                       \
	X(H1_E_UNASKED_UPGRADE, "101 Switching Protocols was not requested")                                 \
	X(H1_E_HEADER_NO_COLON, "header line '%s' has no colon")                                             \
	X(H1_E_HEADER_NAME, "header name in '%s' is not a token")                                            \
	X(H1_E_HEADER_SPACE_COLON, "header '%s' has a space before its colon")                               \
	X(H1_E_HEADER_BYTE, "header '%s' holds a NUL or other control byte")                                 \
	X(H1_E_BARE_CR, "line '%s' has a CR without LF")                                                     \
	X(H1_E_HEAD_TOO_LARGE, "head or trailers are larger than 64 KiB")                                    \
	X(H1_E_LENGTH_INVALID, "Content-Length '%s' is not a number")                                        \
	X(H1_E_LENGTH_OVERFLOW, "Content-Length '%s' is too large")                                          \
	X(H1_E_LENGTH_CONFLICT, "two Content-Length headers differ ('%s')")                                  \
	X(H1_E_CODING, "Transfer-Encoding '%s' is not understood")                                           \
	X(H1_E_CHUNK_SIZE, "chunk size '%s' is not hexadecimal")                                             \
	X(H1_E_CHUNK_SIZE_OVERFLOW, "chunk size '%s' is too large")                                          \
	X(H1_E_CHUNK_LINE, "chunk size line '%s' is too long or malformed")                                  \
	X(H1_E_CHUNK_END, "no CRLF after a chunk (found '%s')")                                              \
	X(H1_E_TRAILER, "trailer '%s' is malformed")                                                         \
	X(H1_E_SURPLUS, "more bytes than the response announced")

enum h1_error {
#define X(name, text) name,
	H1_ERRORS(X)
#undef X
	    H1_ERROR_COUNT
};

struct h1_parser {
	uint64_t left;	     /* body bytes still to come, of the Content-Length or of the current chunk */
	uint64_t body_bytes; /* body bytes so far, without chunk framing */
	uint64_t length;     /* in the head: the first Content-Length seen; in a body: chunks so far */
	uint32_t head_bytes; /* of the current head or trailer section, held against H1_HEAD_MAX */
	uint16_t status;
	uint8_t state; /* this and the next three: see proto/h1_internal.h */
	uint8_t value;
	uint8_t item;
	uint8_t text_length; /* of `text`; H1_TEXT_KEPT + 1: there was more, which is not kept */
	uint16_t flags;
	uint8_t error; /* enum h1_error */
	/* the beginning of what is being read: a line, a token; what an error shows */
	char text[H1_TEXT_KEPT];
};

/* A place for the value of a Location header. The caller sets value and capacity; too long a value is left
 * out. */
struct h1_location {
	char *value; /* not terminated */
	uint32_t capacity;
	uint32_t length; /* 0: none seen */
};

/* Makes ready for the next response. `head_request`: it answers a HEAD. */
void h1_begin(struct h1_parser *parser, bool head_request);

/* Takes bytes of the response. *usedp is how many belonged to it (all of them with H1_MORE). `location` may
 * be NULL; what it holds is valid once h1_head_done(), and must stay in place while the head is being
 * read. */
enum h1_progress h1_feed(struct h1_parser *parser, const char *bytes, size_t length, size_t *usedp,
			 struct h1_location *location);

/* The peer has closed its side: H1_COMPLETE when that ends the body properly, H1_BROKEN when the last bytes
 * were wrong and only their natural end was waited for, so that h1_describe() can show them whole; else
 * H1_MORE (the response is cut). */
enum h1_progress h1_end(struct h1_parser *parser);

/* How many of the next bytes are body and may be thrown away unseen: the rest of a Content-Length body, or of
 * the chunk under way. 0: none. */
uint64_t h1_droppable(const struct h1_parser *parser);

/* Mean length of the chunks so far, that under way included; 0: the body has no chunks, or none yet. */
uint64_t h1_mean_chunk(const struct h1_parser *parser);

/* `count` (at most h1_droppable()) body bytes were thrown away unseen. */
enum h1_progress h1_dropped(struct h1_parser *parser, uint64_t count);

/* After the head: the body has a Content-Length, and is not in chunks. */
bool h1_has_length(const struct h1_parser *parser);

/* At least one byte of a response (also an interim one) was seen. */
bool h1_started(const struct h1_parser *parser);
/* The final response's head is complete. */
bool h1_head_done(const struct h1_parser *parser);
/* After H1_COMPLETE: the connection may be used again (RFC 9112 section 9.3). */
bool h1_keepalive(const struct h1_parser *parser);

/* Writes the sentence for parser->error, the offending bytes printable, cut to fit. */
void h1_describe(const struct h1_parser *parser, char *text, size_t size);

/*
 * Most servers under load answer with the same head again and again. The parser is a pure function of the
 * bytes, so what it made of a head can be kept and reused whenever exactly those bytes come again at the
 * start of a response.
 */
struct h1_memo {
	uint32_t length;	/* of the remembered head; 0: none */
	struct h1_parser after; /* the parser just behind that head */
	char head[1024];
};

/* h1_feed() for the start of a response, with the memo: same result, less work. Never remembers a head that a
 * location was wanted for and found in, nor an interim response. */
enum h1_progress h1_feed_memo(struct h1_parser *parser, struct h1_memo *memo, const char *bytes,
			      size_t length, size_t *usedp, struct h1_location *location);

#endif
