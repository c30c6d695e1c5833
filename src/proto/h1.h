/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Parses HTTP/1.1 responses (RFC 9112): a pure state machine. It does no I/O, reads no clock and allocates
 * nothing. The result is the same however the bytes are cut.
 *
 * It skips interim responses (1xx). 101 is an error, since no request offers an upgrade. Transfer-Encoding
 * overrides Content-Length. Framing follows RFC 9112 section 6.3: HEAD, 204 and 304 have no body; chunked
 * as the final coding; Content-Length; else the body lasts until the peer closes. Everything else is
 * strict: each breach is an enum h1_error.
 */
#ifndef VASTAR_PROTO_H1_H
#define VASTAR_PROTO_H1_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum h1_progress {
	H1_MORE, /* all bytes were used, and the response continues */
	/* The response has ended. Bytes that were not used belong to the next response, or to none (stray
	 * bytes). */
	H1_COMPLETE,
	H1_BROKEN, /* h1_error says why */
};

enum { H1_HEAD_MAX = 64 * 1024, H1_TEXT_KEPT = 31 };

/* One entry for each error: name, text. "%s" in the text stands for the offending token, made printable. */
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
	uint64_t length;     /* in a head: the first Content-Length; in a body: the number of chunks so far */
	uint32_t head_bytes; /* of the current head or trailer section; its limit is H1_HEAD_MAX */
	uint16_t status;
	uint8_t state; /* this and the next three: see proto/h1_internal.h */
	uint8_t value;
	uint8_t item;
	uint8_t text_length; /* of `text`; H1_TEXT_KEPT + 1: the text is longer and the rest was dropped */
	uint16_t flags;
	uint8_t error; /* enum h1_error */
	/* The beginning of what the parser reads now, a line or a token. An error message quotes it. */
	char text[H1_TEXT_KEPT];
};

/* Where to put the value of a Location header. The caller sets value and capacity. A value that is too
 * long is left out. */
struct h1_location {
	char *value; /* not terminated */
	uint32_t capacity;
	uint32_t length; /* 0: no Location */
};

/* Bytes of a body, in the buffer of the caller. */
struct h1_piece {
	const char *bytes;
	size_t length;
};

/* Prepares for the next response. Set `head_request` when the request is a HEAD. */
void h1_begin(struct h1_parser *parser, bool head_request);

/* Takes bytes of the response. *usedp is how many of them belong to it (all of them with H1_MORE).
 * `location` may be NULL. It must stay in place while the head is read, and its content is valid once
 * h1_head_done(). */
enum h1_progress h1_feed(struct h1_parser *parser, const char *bytes, size_t length, size_t *usedp,
			 struct h1_location *location);

/* h1_feed() for callers that read the body: returns after each contiguous piece of the body in `bytes`, and
 * sets *body to that piece (length 0: none). With H1_MORE and *usedp < length, call it again with the
 * rest. */
enum h1_progress h1_feed_body(struct h1_parser *parser, const char *bytes, size_t length, size_t *usedp,
			      struct h1_location *location, struct h1_piece *body);

/* Call this when the peer has closed its side. H1_COMPLETE: this ends the body properly. H1_BROKEN: an
 * error was already found, and the parser only waited for the end of the wrong text so that h1_describe()
 * can show all of it. Else H1_MORE: the response is cut off. */
enum h1_progress h1_end(struct h1_parser *parser);

/* How many of the next bytes are body and may be dropped unread: the rest of a Content-Length body, or of
 * the current chunk. 0: none. */
uint64_t h1_droppable(const struct h1_parser *parser);

/* Mean length of the chunks so far, the current one included. 0: the body has no chunks, or none yet. */
uint64_t h1_mean_chunk(const struct h1_parser *parser);

/* Tells the parser that `count` body bytes (at most h1_droppable()) were dropped unread. */
enum h1_progress h1_dropped(struct h1_parser *parser, uint64_t count);

/* After the head: the body has a Content-Length, and is not chunked. */
bool h1_has_length(const struct h1_parser *parser);

/* In a body that only the end of the connection ends. */
bool h1_until_close(const struct h1_parser *parser);

/* At least one byte of a response has arrived, interim responses included. */
bool h1_started(const struct h1_parser *parser);
/* The final response's head is complete. */
bool h1_head_done(const struct h1_parser *parser);
/* After H1_COMPLETE: the connection can be reused (RFC 9112 section 9.3). */
bool h1_keepalive(const struct h1_parser *parser);

/* Writes the message for parser->error, with the offending bytes made printable, cut to fit. */
void h1_describe(const struct h1_parser *parser, char *text, size_t size);

/*
 * Most servers under load send the same head again and again. The parser is a pure function of the bytes,
 * so its state after a head can be kept, and reused whenever a response starts with exactly those bytes.
 */
struct h1_memo {
	uint32_t length;	/* of the remembered head; 0: none */
	struct h1_parser after; /* the state of the parser just behind that head */
	char head[1024];
};

/* h1_feed() for the start of a response, with the memo: the same result for less work. It never remembers
 * an interim response, nor a head in which a wanted Location was found. */
enum h1_progress h1_feed_memo(struct h1_parser *parser, struct h1_memo *memo, const char *bytes,
			      size_t length, size_t *usedp, struct h1_location *location);

#endif
