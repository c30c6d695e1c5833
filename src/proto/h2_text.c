/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "proto/h2.h"

/* The sections are those of RFC 9113. */
static const char *const texts[H2_ERRORS] = {
    [H2_OK] = "no error",
    [H2_ERROR_HTTP1] = "this port speaks HTTP/1.1 (leave out --http2)",
    [H2_ERROR_NO_SETTINGS] = "the first frame of the server is not SETTINGS (section 3.4)",
    [H2_ERROR_FRAME_TOO_LONG] = "a frame is longer than the 16384 bytes allowed (section 4.2)",
    [H2_ERROR_FRAME_LENGTH] = "a frame has the wrong length for its type (section 4.2)",
    [H2_ERROR_STREAM_ZERO] = "a frame of a stream has stream 0 (section 6)",
    [H2_ERROR_STREAM_GIVEN] = "a frame of the connection has a stream (section 6)",
    [H2_ERROR_STREAM_EVEN] = "a frame has the number of a stream of the server (section 5.1.1)",
    [H2_ERROR_STREAM_IDLE] = "a frame has a stream that was never opened (section 5.1)",
    [H2_ERROR_STREAM_ENDED] = "a frame follows the end of its stream (section 5.1)",
    [H2_ERROR_PADDING] = "a frame has more padding than payload (section 6.1)",
    [H2_ERROR_PUSH] = "a PUSH_PROMISE came, although push is off (section 6.6)",
    [H2_ERROR_SETTING] = "a setting has a forbidden value (section 6.5.2)",
    [H2_ERROR_WINDOW_SETTING] = "SETTINGS_INITIAL_WINDOW_SIZE is over 2^31-1 (section 6.5.2)",
    [H2_ERROR_CONTINUATION] = "a header block is interrupted, or continued without a start (section 6.10)",
    [H2_ERROR_BLOCK_TOO_LONG] = "a header block is too long: over 256 KiB or 256 frames",
    [H2_ERROR_COMPRESSION] = "a header block cannot be decoded (section 4.3)",
    [H2_ERROR_WINDOW] = "more DATA than the window of the connection allows (section 6.9)",
    [H2_ERROR_WINDOW_UPDATE] = "a WINDOW_UPDATE of the connection adds 0 (section 6.9)",
    [H2_ERROR_WINDOW_OVERFLOW] = "the window of the connection is over 2^31-1 (section 6.9.1)",
    [H2_ERROR_FLOOD] = "the server sends SETTINGS or PING and does not read the replies",
    [H2_ERROR_MEMORY] = "out of memory",
    [H2_ERROR_STREAM_WINDOW] = "more DATA than the window of the stream allows (section 6.9)",
    [H2_ERROR_STREAM_WINDOW_UPDATE] = "a WINDOW_UPDATE of a stream adds 0 (section 6.9)",
    [H2_ERROR_STREAM_WINDOW_OVERFLOW] = "the window of a stream is over 2^31-1 (section 6.9.1)",
    [H2_ERROR_FIELD_NAME] = "a field name has an upper-case letter or a forbidden byte (section 8.2.1)",
    [H2_ERROR_FIELD_VALUE] = "a field value has a forbidden byte (section 8.2.1)",
    [H2_ERROR_FIELD_CONNECTION] = "a response has a field of a connection, like Connection (section 8.2.2)",
    [H2_ERROR_PSEUDO] = "a pseudo-header field is unknown, repeated or behind other fields (section 8.3)",
    [H2_ERROR_STATUS] = "a response has no :status, or not three digits (section 8.3.2)",
    [H2_ERROR_INFORMATION_ENDS] = "an interim response (1xx) ends the stream (section 8.1)",
    [H2_ERROR_LENGTH_FIELD] = "content-length is not a number, or there are two (section 8.1.1)",
    [H2_ERROR_DATA_FIRST] = "DATA comes before the head of the response (section 8.1)",
    [H2_ERROR_DATA_UNWANTED] = "DATA in a response that has no body (section 8.1.1)",
    [H2_ERROR_DATA_LENGTH] = "DATA is not as long as content-length says (section 8.1.1)",
    [H2_ERROR_TRAILER] = "trailers do not end the stream (section 8.1)",
    [H2_ERROR_SWITCHING] = "status 101 is not in HTTP/2 (section 8.6)",
    [H2_ERROR_GRPC_FLAG] = "gRPC: a message has a flag that is neither 0 nor 1",
    [H2_ERROR_GRPC_COMPRESSED] = "gRPC: a message is compressed, which was not offered",
    [H2_ERROR_GRPC_LENGTH] = "gRPC: a message is longer than allowed (--max-message)",
    [H2_ERROR_GRPC_CUT] = "gRPC: status OK, but the last message is cut off",
    [H2_ERROR_GRPC_NONE] = "gRPC: status OK, but no message has come",
    [H2_ERROR_GRPC_SEVERAL] = "gRPC: several messages have come where the method returns one",
};

const char *h2_error_text(enum h2_error error)
{
	return texts[error];
}
