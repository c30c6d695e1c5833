/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * A table of responses. Each row is a test case. It is read whole, byte by byte, cut at every place, through
 * the memo (twice, so that the second time finds the head), with the peer closing at every place, and with
 * body bytes dropped unseen. All of these must agree with the row.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "proto/h1.h"

enum end {
	COMPLETE, /* at the last used byte */
	CLOSES,	  /* complete when the peer closes */
	CUT,	  /* not complete when the peer closes */
	BROKEN,
};

enum method { GET, HEAD };

struct example {
	const char *name;
	enum method method;
	const char *bytes;
	size_t length;
	enum end end;
	unsigned status;
	uint64_t body;
	bool keepalive;
	size_t surplus;	      /* unused bytes at the end */
	const char *sentence; /* BROKEN: the text of h1_describe() */
	const char *location; /* NULL: none */
};

#define BYTES(text) .bytes = (text), .length = sizeof(text) - 1
#define OK "HTTP/1.1 200 OK\r\n"
#define CHUNKED OK "Transfer-Encoding: chunked\r\n\r\n"
#define KEPT(code, count) .end = COMPLETE, .status = (code), .body = (count), .keepalive = true
#define ONCE(code, count) .end = COMPLETE, .status = (code), .body = (count)
#define TO_CLOSE(code, count) .end = CLOSES, .status = (code), .body = (count)
#define WRONG(text) .end = BROKEN, .sentence = (text)

static const struct example examples[] = {
    /* status line */
    {"status_line", GET, BYTES(OK "Content-Length: 5\r\n\r\nhello"), KEPT(200, 5)},
    {"status_line_without_reason", GET, BYTES("HTTP/1.1 200 \r\nContent-Length: 0\r\n\r\n"), KEPT(200, 0)},
    {"status_line_without_space_after_code", GET, BYTES("HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n"),
     KEPT(200, 0)},
    {"status_line_reason_of_any_text", GET,
     BYTES("HTTP/1.1 404 \tn\xc3\xb6pe: 'x'\r\nContent-Length: 0\r\n\r\n"), KEPT(404, 0)},
    {"status_line_long_reason", GET,
     BYTES("HTTP/1.1 500 It was a dark and stormy night and the disk was full\r\nContent-Length: 1\r\n\r\nx"),
     KEPT(500, 1)},
    {"status_code_of_599", GET, BYTES("HTTP/1.1 599 Q\r\nContent-Length: 0\r\n\r\n"), KEPT(599, 0)},
    {"status_line_of_other_protocol", GET, BYTES("SSH-2.0-OpenSSH_9.2p1\r\n"),
     WRONG("status line 'SSH-2.0-OpenSSH_9.2p1' is not HTTP"), .surplus = 2},
    {"status_line_of_icy", GET, BYTES("ICY 200 OK\r\n\r\n"), WRONG("status line 'ICY 200 OK' is not HTTP"),
     .surplus = 4},
    {"status_line_of_tls_alert", GET, BYTES("\x15\x03\x01\x00\x02\x02\x46"),
     WRONG("status line '\\x15' is not HTTP"), .surplus = 6},
    {"status_line_of_terminal_escapes", GET, BYTES("\x1b[2J\x1b[31mHTTP/1.1 200\r\n"),
     WRONG("status line '\\x1B' is not HTTP"), .surplus = 22},
    {"status_line_in_lower_case", GET, BYTES("http/1.1 200 OK\r\n"),
     WRONG("status line 'http/1.1 200 OK' is not HTTP"), .surplus = 2},
    {"status_line_after_empty_line", GET, BYTES("\r\n" OK "Content-Length: 0\r\n\r\n"),
     WRONG("status line '' is not HTTP"), .surplus = sizeof("\r\n" OK "Content-Length: 0\r\n\r\n") - 1},
    {"status_line_of_rubbish_is_cut", GET,
     BYTES("<!DOCTYPE html><html><head><title>Welcome to nginx!</title>"),
     WRONG("status line '<!DOCTYPE html><html><head><tit...' is not HTTP"), .surplus = 27},
    {"status_line_of_version_alone", GET, BYTES("HTTP/1.1\r\n"), WRONG("status line 'HTTP/1.1' is not HTTP"),
     .surplus = 2},
    {"status_line_with_nul_in_reason", GET, BYTES("HTTP/1.1 200 O\0K\r\n"),
     WRONG("status line 'HTTP/1.1 200 O\\x00' is not HTTP"), .surplus = 3},
    {"status_line_with_bare_cr", GET, BYTES("HTTP/1.1 200 OK\rX\n"),
     WRONG("line 'HTTP/1.1 200 OK\\x0DX' has a CR without LF"), .surplus = 1},
    {"version_0_9", GET, BYTES("HTTP/0.9 200 OK\r\n"),
     WRONG("version in 'HTTP/0.9 200 OK' is not HTTP/1.0 or HTTP/1.1"), .surplus = 2},
    {"version_1_2", GET, BYTES("HTTP/1.2 200 OK\r\n"),
     WRONG("version in 'HTTP/1.2 200 OK' is not HTTP/1.0 or HTTP/1.1"), .surplus = 2},
    {"version_2", GET, BYTES("HTTP/2 200\r\n"), WRONG("version in 'HTTP/2 200' is not HTTP/1.0 or HTTP/1.1"),
     .surplus = 2},
    {"version_1_10", GET, BYTES("HTTP/1.10 200\r\n"),
     WRONG("version in 'HTTP/1.10 200' is not HTTP/1.0 or HTTP/1.1"), .surplus = 2},
    {"version_with_comma", GET, BYTES("HTTP/1,1 200\r\n"),
     WRONG("version in 'HTTP/1,1 200' is not HTTP/1.0 or HTTP/1.1"), .surplus = 2},
    {"status_code_of_600", GET, BYTES("HTTP/1.1 600 X\r\n"),
     WRONG("status code in 'HTTP/1.1 600 X' is not three digits from 100 to 599"), .surplus = 2},
    {"status_code_of_099", GET, BYTES("HTTP/1.1 099 X\r\n"),
     WRONG("status code in 'HTTP/1.1 099 X' is not three digits from 100 to 599"), .surplus = 2},
    {"status_code_of_two_digits", GET, BYTES("HTTP/1.1 20 OK\r\n"),
     WRONG("status code in 'HTTP/1.1 20 OK' is not three digits from 100 to 599"), .surplus = 2},
    {"status_code_of_four_digits", GET, BYTES("HTTP/1.1 2000 OK\r\n"),
     WRONG("status code in 'HTTP/1.1 2000 OK' is not three digits from 100 to 599"), .surplus = 2},
    {"status_code_of_letters", GET, BYTES("HTTP/1.1 OK\r\n"),
     WRONG("status code in 'HTTP/1.1 OK' is not three digits from 100 to 599"), .surplus = 2},
    {"status_code_with_minus", GET, BYTES("HTTP/1.1 -20 OK\r\n"),
     WRONG("status code in 'HTTP/1.1 -20 OK' is not three digits from 100 to 599"), .surplus = 2},
    {"status_code_after_two_spaces", GET, BYTES("HTTP/1.1  200 OK\r\n"),
     WRONG("status code in 'HTTP/1.1  200 OK' is not three digits from 100 to 599"), .surplus = 2},
    {"status_code_missing", GET, BYTES("HTTP/1.1 \r\n"),
     WRONG("status code in 'HTTP/1.1 ' is not three digits from 100 to 599"), .surplus = 2},

    /* interim responses */
    {"interim_100_is_skipped", GET, BYTES("HTTP/1.1 100 Continue\r\n\r\n" OK "Content-Length: 2\r\n\r\nok"),
     KEPT(200, 2)},
    {"interim_answers_of_several_kinds", GET,
     BYTES("HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>; rel=preload\r\n\r\n"
	   "HTTP/1.1 100\n\nHTTP/1.1 204 No Content\r\n\r\n"),
     KEPT(204, 0)},
    {"interim_fields_frame_nothing", GET,
     BYTES("HTTP/1.1 103 Hints\r\nContent-Length: 7\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n"
	   "Location: /early\r\n\r\n" OK "Content-Length: 2\r\n\r\nok"),
     KEPT(200, 2)},
    {"interim_alone_is_no_answer", GET, BYTES("HTTP/1.1 100 Continue\r\n\r\n"), .end = CUT},
    {"interim_of_http_1_0_does_not_stick", GET,
     BYTES("HTTP/1.0 100 Continue\r\n\r\n" OK "Content-Length: 2\r\n\r\nok"), KEPT(200, 2)},
    {"interim_before_answer_to_head", HEAD, BYTES("HTTP/1.1 100 C\r\n\r\n" OK "Content-Length: 2\r\n\r\n"),
     KEPT(200, 0)},
    {"upgrade_unasked", GET, BYTES("HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\n\r\n"),
     WRONG("101 Switching Protocols was not requested"), .surplus = 38},

    /* framing, RFC 9112 section 6.3 */
    {"rule_1_head_has_no_body", HEAD, BYTES(OK "Content-Length: 5\r\n\r\n"), KEPT(200, 0)},
    {"rule_1_head_has_no_chunks", HEAD, BYTES(OK "Transfer-Encoding: chunked\r\n\r\n"), KEPT(200, 0)},
    {"rule_1_head_without_length", HEAD, BYTES(OK "\r\n"), KEPT(200, 0)},
    {"rule_1_bytes_after_head_are_surplus", HEAD, BYTES(OK "Content-Length: 5\r\n\r\nhello"), KEPT(200, 0),
     .surplus = 5},
    {"rule_1_204_has_no_body", GET, BYTES("HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n"),
     KEPT(204, 0)},
    {"rule_1_204_has_no_chunks", GET, BYTES("HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n"),
     KEPT(204, 0)},
    {"rule_1_304_has_no_body", GET, BYTES("HTTP/1.1 304 Not Modified\r\nContent-Length: 500\r\n\r\n"),
     KEPT(304, 0)},
    {"rule_3_coding_beats_length", GET,
     BYTES(OK "Content-Length: 999\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n"), KEPT(200, 2)},
    {"rule_3_coding_beats_length_behind_it", GET,
     BYTES(OK "Transfer-Encoding: chunked\r\nContent-Length: 0\r\n\r\n2\r\nok\r\n0\r\n\r\n"), KEPT(200, 2)},
    {"rule_4_chunked", GET, BYTES(CHUNKED "5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n"), KEPT(200, 11)},
    {"rule_4_gzip_then_chunked", GET,
     BYTES(OK "Transfer-Encoding: gzip, chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"), KEPT(200, 3)},
    {"rule_4_codings_over_two_lines", GET,
     BYTES(OK "Transfer-Encoding: gzip\r\nX: y\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"),
     KEPT(200, 3)},
    {"rule_4_coding_with_parameters", GET,
     BYTES(OK "Transfer-Encoding: x ; a=\"1, chunked\\\"\" ; b=c , chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"),
     KEPT(200, 3)},
    {"rule_4_coding_in_capitals_and_empty_items", GET,
     BYTES(OK "TRANSFER-ENCODING: ,, CHUNKED ,\t,\r\n\r\n1\r\na\r\n0\r\n\r\n"), KEPT(200, 1)},
    {"rule_4_gzip_alone_to_close", GET, BYTES(OK "Transfer-Encoding: gzip\r\n\r\nabc"), TO_CLOSE(200, 3)},
    {"rule_4_chunked_then_gzip_to_close", GET, BYTES(OK "Transfer-Encoding: chunked, gzip\r\n\r\n3\r\nabc"),
     TO_CLOSE(200, 6)},
    {"rule_4_identity_to_close", GET, BYTES(OK "Transfer-Encoding: identity\r\nContent-Length: 1\r\n\r\nabc"),
     TO_CLOSE(200, 3)},
    {"rule_4_prefix_of_chunked_to_close", GET, BYTES(OK "Transfer-Encoding: chunke\r\n\r\nabc"),
     TO_CLOSE(200, 3)},
    {"rule_4_longer_than_chunked_to_close", GET, BYTES(OK "Transfer-Encoding: chunkedd\r\n\r\nabc"),
     TO_CLOSE(200, 3)},
    {"rule_4_long_coding_to_close", GET,
     BYTES(OK "Transfer-Encoding: chunked-with-a-name-longer-than-what-is-kept\r\n\r\nabc"),
     TO_CLOSE(200, 3)},
    {"rule_4_empty_list_to_close", GET, BYTES(OK "Transfer-Encoding:\r\nContent-Length: 1\r\n\r\nabc"),
     TO_CLOSE(200, 3)},
    {"rule_4_chunked_twice", GET, BYTES(OK "Transfer-Encoding: chunked, Chunked\r\n\r\n"),
     WRONG("Transfer-Encoding 'Chunked' is not understood"), .surplus = 2},
    {"rule_4_chunked_twice_over_two_lines", GET,
     BYTES(OK "Transfer-Encoding: chunked\r\nTransfer-Encoding: gzip, chunked, br\r\n\r\n"),
     WRONG("Transfer-Encoding 'chunked' is not understood"), .surplus = 8},
    {"rule_4_chunked_with_parameters", GET, BYTES(OK "Transfer-Encoding: chunked; q=1\r\n\r\n"),
     WRONG("Transfer-Encoding 'chunked; q=1' is not understood"), .surplus = 4},
    {"rule_4_chunked_then_blank_then_parameters", GET, BYTES(OK "Transfer-Encoding: chunked \t;q=1\r\n\r\n"),
     WRONG("Transfer-Encoding 'chunked ;q=1' is not understood"), .surplus = 4},
    {"rule_4_coding_no_token", GET, BYTES(OK "Transfer-Encoding: \"chunked\"\r\n\r\n"),
     WRONG("Transfer-Encoding '\"chunked\"' is not understood"), .surplus = 4},
    {"rule_4_coding_with_bytes_behind_token", GET, BYTES(OK "Transfer-Encoding: chunked[1]\r\n\r\n"),
     WRONG("Transfer-Encoding 'chunked[1]' is not understood"), .surplus = 4},
    {"rule_4_two_words", GET, BYTES(OK "Transfer-Encoding: chunked  please\r\n\r\n"),
     WRONG("Transfer-Encoding 'chunked please' is not understood"), .surplus = 4},
    {"rule_4_quoted_string_without_end", GET, BYTES(OK "Transfer-Encoding: gzip;a=\"b\\\", chunked\r\n\r\n"),
     WRONG("Transfer-Encoding 'gzip;a=\"b\\\", chunked' is not understood"), .surplus = 2},
    {"rule_5_length_of_letters", GET, BYTES(OK "Content-Length: abc\r\n\r\n"),
     WRONG("Content-Length 'abc' is not a number"), .surplus = 4},
    {"rule_5_length_with_plus", GET, BYTES(OK "Content-Length: +5\r\n\r\n"),
     WRONG("Content-Length '+5' is not a number"), .surplus = 4},
    {"rule_5_length_with_minus", GET, BYTES(OK "Content-Length: -1\r\n\r\n"),
     WRONG("Content-Length '-1' is not a number"), .surplus = 4},
    {"rule_5_length_in_hexadecimal", GET, BYTES(OK "Content-Length: 0x5\r\n\r\n"),
     WRONG("Content-Length '0x5' is not a number"), .surplus = 4},
    {"rule_5_length_empty", GET, BYTES(OK "Content-Length: \t\r\n\r\n"),
     WRONG("Content-Length '' is not a number"), .surplus = 2},
    {"rule_5_length_of_two_words", GET, BYTES(OK "Content-Length: 5 6\r\n\r\n"),
     WRONG("Content-Length '5 6' is not a number"), .surplus = 4},
    {"rule_5_length_with_fraction", GET, BYTES(OK "Content-Length: 5.0\r\n\r\n"),
     WRONG("Content-Length '5.0' is not a number"), .surplus = 4},
    {"rule_5_length_of_64_bits_and_one", GET, BYTES(OK "Content-Length: 18446744073709551616\r\n\r\n"),
     WRONG("Content-Length '18446744073709551616' is too large"), .surplus = 4},
    {"rule_5_length_of_many_digits", GET,
     BYTES(OK "Content-Length: 99999999999999999999999999999999999\r\n\r\n"),
     WRONG("Content-Length '9999999999999999999999999999999...' is too large"), .surplus = 7},
    {"rule_5_lengths_differ_in_list", GET, BYTES(OK "Content-Length: 5, 6\r\n\r\n"),
     WRONG("two Content-Length headers differ ('5, 6')"), .surplus = 2},
    {"rule_5_lengths_differ_in_two_lines", GET, BYTES(OK "Content-Length: 5\r\nContent-Length: 6\r\n\r\n"),
     WRONG("two Content-Length headers differ ('6')"), .surplus = 2},
    {"rule_5_lengths_differ_in_middle_of_list", GET, BYTES(OK "Content-Length: 5, 6, 5\r\n\r\n"),
     WRONG("two Content-Length headers differ ('5, 6')"), .surplus = 7},
    {"rule_5_length_list_with_empty_end", GET, BYTES(OK "Content-Length: 5, \r\n\r\n"),
     WRONG("Content-Length '5, ' is not a number"), .surplus = 2},
    {"rule_5_length_list_with_empty_begin", GET, BYTES(OK "Content-Length: ,5\r\n\r\n"),
     WRONG("Content-Length ',5' is not a number"), .surplus = 4},
    {"rule_5_wrong_length_beside_coding", GET,
     BYTES(OK "Transfer-Encoding: chunked\r\nContent-Length: x\r\n\r\n0\r\n\r\n"),
     WRONG("Content-Length 'x' is not a number"), .surplus = 9},
    {"rule_5_wrong_length_without_body", HEAD, BYTES(OK "Content-Length: x\r\n\r\n"),
     WRONG("Content-Length 'x' is not a number"), .surplus = 4},
    {"rule_6_length", GET, BYTES(OK "Content-Length: 10\r\n\r\n0123456789"), KEPT(200, 10)},
    {"rule_6_length_of_zero", GET, BYTES(OK "Content-Length: 0\r\n\r\n"), KEPT(200, 0)},
    {"rule_6_length_with_leading_zeros", GET,
     BYTES(OK "Content-Length: 00000000000000000000000000000000000003\r\n\r\nabc"), KEPT(200, 3)},
    {"rule_6_length_between_white_space", GET, BYTES(OK "Content-Length: \t 3 \t \r\n\r\nabc"), KEPT(200, 3)},
    {"rule_6_length_without_space", GET, BYTES(OK "Content-Length:3\r\n\r\nabc"), KEPT(200, 3)},
    {"rule_6_equal_lengths_in_list", GET, BYTES(OK "Content-Length: 3, 3 ,03\r\n\r\nabc"), KEPT(200, 3)},
    {"rule_6_equal_lengths_in_two_lines", GET, BYTES(OK "content-length: 3\r\nCONTENT-LENGTH: 3\r\n\r\nabc"),
     KEPT(200, 3)},
    {"rule_6_length_not_reached", GET, BYTES(OK "Content-Length: 18446744073709551615\r\n\r\nabc"),
     .end = CUT, .status = 200, .body = 3},
    {"rule_6_surplus_is_not_used", GET, BYTES(OK "Content-Length: 3\r\n\r\nabcHTTP/1.1 200 OK\r\n"),
     KEPT(200, 3), .surplus = 17},
    {"rule_6_205_has_its_length", GET, BYTES("HTTP/1.1 205 Reset\r\nContent-Length: 1\r\n\r\nx"),
     KEPT(205, 1)},
    {"rule_8_no_length_to_close", GET, BYTES(OK "Content-Type: text/plain\r\n\r\nabc"), TO_CLOSE(200, 3)},
    {"rule_8_no_fields_to_close", GET, BYTES(OK "\r\n"), TO_CLOSE(200, 0)},
    {"rule_8_redirect_to_close", GET, BYTES("HTTP/1.1 302 Found\r\nLocation: /b\r\n\r\nx"), TO_CLOSE(302, 1),
     .location = "/b"},

    /* keep-alive, RFC 9112 section 9.3 */
    {"connection_close", GET, BYTES(OK "Connection: close\r\nContent-Length: 1\r\n\r\nx"), ONCE(200, 1)},
    {"connection_close_in_list", GET, BYTES(OK "Connection: foo, ,CLOSE\t,bar\r\nContent-Length: 1\r\n\r\nx"),
     ONCE(200, 1)},
    {"connection_close_in_second_line", GET,
     BYTES(OK "Connection: keep-alive\r\nContent-Length: 1\r\nconnection: Close\r\n\r\nx"), ONCE(200, 1)},
    {"connection_keep_alive", GET, BYTES(OK "Connection: Keep-Alive\r\nContent-Length: 1\r\n\r\nx"),
     KEPT(200, 1)},
    {"connection_closed_is_another_word", GET, BYTES(OK "Connection: closed\r\nContent-Length: 1\r\n\r\nx"),
     KEPT(200, 1)},
    {"connection_close_and_more_is_no_token", GET,
     BYTES(OK "Connection: close now\r\nContent-Length: 1\r\n\r\nx"), KEPT(200, 1)},
    {"connection_of_rubbish_is_ignored", GET,
     BYTES(OK "Connection: \"close\", =, close\r\nContent-Length: 1\r\n\r\nx"), ONCE(200, 1)},
    {"connection_token_longer_than_kept", GET,
     BYTES(OK "Connection: close-but-not-before-the-next-full-moon\r\nContent-Length: 1\r\n\r\nx"),
     KEPT(200, 1)},
    {"proxy_connection_is_ignored", GET, BYTES(OK "Proxy-Connection: close\r\nContent-Length: 1\r\n\r\nx"),
     KEPT(200, 1)},
    {"connection_close_with_chunks", GET,
     BYTES(OK "Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"), ONCE(200, 0)},
    {"http_1_0_closes", GET, BYTES("HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\nx"), ONCE(200, 1)},
    {"http_1_0_keep_alive", GET,
     BYTES("HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 1\r\n\r\nx"), KEPT(200, 1)},
    {"http_1_0_keep_alive_and_close", GET,
     BYTES("HTTP/1.0 200 OK\r\nConnection: keep-alive, close\r\nContent-Length: 1\r\n\r\nx"), ONCE(200, 1)},
    {"http_1_0_to_close", GET, BYTES("HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n\r\nabc"),
     TO_CLOSE(200, 3)},
    {"http_1_0_with_coding_is_not_kept", GET,
     BYTES("HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nTransfer-Encoding: "
	   "chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n"),
     ONCE(200, 1)},

    /* field lines */
    {"line_ends_of_lf_alone", GET, BYTES("HTTP/1.1 200 OK\nContent-Length: 3\nX: y\n\nabc"), KEPT(200, 3)},
    {"line_ends_mixed", GET, BYTES("HTTP/1.1 200 OK\nContent-Length: 3\r\nX: y\n\r\nabc"), KEPT(200, 3)},
    {"value_empty", GET, BYTES(OK "X:\r\nY: \r\nContent-Length: 3\r\n\r\nabc"), KEPT(200, 3)},
    {"value_with_tab_and_obs_text", GET,
     BYTES(OK "X: a\tb\xff\x80\xc3\xbc c:d,\"e\"\r\nContent-Length: 3\r\n\r\nabc"), KEPT(200, 3)},
    {"name_of_every_token_byte", GET, BYTES(OK "!#$%&'*+-.^_`|~09AZaz: x\r\nContent-Length: 3\r\n\r\nabc"),
     KEPT(200, 3)},
    {"name_longer_than_kept", GET,
     BYTES(OK "Content-Length-Content-Length-Content-Length: 9\r\nContent-Length: 3\r\n\r\nabc"),
     KEPT(200, 3)},
    {"name_one_off", GET, BYTES(OK "Content-Lengtx: 9\r\nContent_Length: 9\r\nContent-Length: 3\r\n\r\nabc"),
     KEPT(200, 3)},
    {"no_colon", GET, BYTES(OK "Content-Length 5\r\n\r\n"),
     WRONG("header line 'Content-Length 5' has no colon"), .surplus = 4},
    {"no_colon_one_word", GET, BYTES(OK "foo\r\n\r\n"), WRONG("header line 'foo' has no colon"),
     .surplus = 4},
    {"no_colon_other_bytes", GET, BYTES(OK "<b>foo</b>\n\n"), WRONG("header line '<b>foo</b>' has no colon"),
     .surplus = 2},
    {"name_empty", GET, BYTES(OK ": foo\r\n\r\n"), WRONG("header name in ': foo' is not a token"),
     .surplus = 4},
    {"name_of_two_words", GET, BYTES(OK "Foo Bar: x\r\n\r\n"),
     WRONG("header name in 'Foo Bar' is not a token"), .surplus = 7},
    {"name_with_bracket", GET, BYTES(OK "Foo(1): x\r\n\r\n"), WRONG("header name in 'Foo(1)' is not a token"),
     .surplus = 7},
    {"name_with_obs_text", GET, BYTES(OK "F\xc3\xb6o: x\r\n\r\n"),
     WRONG("header name in 'F\\xC3\\xB6o' is not a token"), .surplus = 7},
    {"name_with_nul", GET, BYTES(OK "Fo\0o: x\r\n\r\n"),
     WRONG("header 'Fo\\x00' holds a NUL or other control byte"), .surplus = 8},
    {"space_before_colon", GET, BYTES(OK "Content-Length : 5\r\n\r\n"),
     WRONG("header 'Content-Length ' has a space before its colon"), .surplus = 7},
    {"tabs_before_colon", GET, BYTES(OK "Foo\t\t: 5\r\n\r\n"),
     WRONG("header 'Foo\\x09\\x09' has a space before its colon"), .surplus = 7},
    {"nul_in_value", GET, BYTES(OK "X-Foo: a\0b\r\n\r\n"),
     WRONG("header 'X-Foo: a\\x00' holds a NUL or other control byte"), .surplus = 5},
    {"escape_in_value", GET, BYTES(OK "X-Foo: \x1b[31mred\r\n\r\n"),
     WRONG("header 'X-Foo: \\x1B' holds a NUL or other control byte"), .surplus = 11},
    {"del_in_value", GET, BYTES(OK "X: 12345678\x7f\r\n\r\n"),
     WRONG("header 'X: 12345678\\x7F' holds a NUL or other control byte"), .surplus = 4},
    {"nul_in_long_value", GET, BYTES(OK "X: a value much longer than what is kept of a line\0\r\n\r\n"),
     WRONG("header 'X: a value much longer than wha...' holds a NUL or other control byte"), .surplus = 4},
    {"nul_in_length", GET, BYTES(OK "Content-Length: 5\0\r\n\r\n"),
     WRONG("header 'Content-Length' holds a NUL or other control byte"), .surplus = 5},
    {"nul_in_coding", GET, BYTES(OK "Transfer-Encoding: chunked\0\r\n\r\n"),
     WRONG("header 'Transfer-Encoding' holds a NUL or other control byte"), .surplus = 5},
    {"nul_in_connection", GET, BYTES(OK "Connection: a, b\0\r\n\r\n"),
     WRONG("header 'Connection' holds a NUL or other control byte"), .surplus = 5},
    {"bare_cr_in_value", GET, BYTES(OK "X: a\rb\r\n\r\n"), WRONG("line 'X: a\\x0Db' has a CR without LF"),
     .surplus = 4},
    {"bare_cr_in_length", GET, BYTES(OK "Content-Length: 5\r0\r\n\r\n"),
     WRONG("line 'Content-Length' has a CR without LF"), .surplus = 5},
    {"two_crs_before_lf", GET, BYTES(OK "X: a\r\r\n\r\n"), WRONG("line 'X: a\\x0D' has a CR without LF"),
     .surplus = 4},
    {"bare_cr_in_empty_line", GET, BYTES(OK "X: a\r\n\rY\n"), WRONG("line '\\x0DY' has a CR without LF"),
     .surplus = 1},

    /* folded lines, RFC 9112 section 5.2 */
    {"fold", GET, BYTES(OK "X: a\r\n  b\r\n\tc\r\nContent-Length: 3\r\n\r\nabc"), KEPT(200, 3)},
    {"fold_is_no_new_field", GET, BYTES(OK "X: a\r\n Content-Length: 7\r\nContent-Length: 3\r\n\r\nabc"),
     KEPT(200, 3)},
    {"fold_before_length", GET, BYTES(OK "Content-Length:\r\n 3\r\n\r\nabc"), KEPT(200, 3)},
    {"fold_behind_length", GET, BYTES(OK "Content-Length: 3\r\n \r\n\r\nabc"), KEPT(200, 3)},
    {"fold_in_length_list", GET, BYTES(OK "Content-Length: 3\n , 3\n\nabc"), KEPT(200, 3)},
    {"fold_within_length", GET, BYTES(OK "Content-Length: 3\r\n 4\r\n\r\n"),
     WRONG("Content-Length '3 4' is not a number"), .surplus = 4},
    {"fold_in_codings", GET, BYTES(OK "Transfer-Encoding: gzip,\r\n chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n"),
     KEPT(200, 1)},
    {"fold_within_coding", GET, BYTES(OK "Transfer-Encoding: chun\r\n ked\r\n\r\n"),
     WRONG("Transfer-Encoding 'chun ked' is not understood"), .surplus = 4},
    {"fold_in_quoted_string_of_coding", GET,
     BYTES(OK "Transfer-Encoding: x;a=\"b,\r\n chunked,\", chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n"),
     KEPT(200, 1)},
    {"fold_in_connection", GET, BYTES(OK "Connection: a\r\n\t,close\r\nContent-Length: 1\r\n\r\nx"),
     ONCE(200, 1)},
    {"fold_within_connection_token", GET, BYTES(OK "Connection: close\r\n d\r\nContent-Length: 1\r\n\r\nx"),
     KEPT(200, 1)},
    {"fold_as_first_line", GET, BYTES(OK " X: a\r\n\r\n"), WRONG("header name in ' X: a' is not a token"),
     .surplus = 4},
    {"fold_as_first_line_after_interim", GET, BYTES("HTTP/1.1 100 C\r\nA: b\r\n\r\n" OK " X: a\r\n\r\n"),
     WRONG("header name in ' X: a' is not a token"), .surplus = 4},

    /* chunks, RFC 9112 section 7.1 */
    {"chunks_none", GET, BYTES(CHUNKED "0\r\n\r\n"), KEPT(200, 0)},
    {"chunk_size_in_both_cases", GET, BYTES(CHUNKED "a\r\n0123456789\r\nA\r\n0123456789\r\n000\r\n\r\n"),
     KEPT(200, 20)},
    {"chunk_size_with_leading_zeros", GET, BYTES(CHUNKED "000000000000000000000001\r\nx\r\n0\r\n\r\n"),
     KEPT(200, 1)},
    {"chunk_data_like_framing", GET, BYTES(CHUNKED "7\r\n\r\n0\r\n\r\n\r\n0\r\n\r\n"), KEPT(200, 7)},
    {"chunk_extensions", GET, BYTES(CHUNKED "1;a\r\nx\r\n1 ; a=b;c=\"d;\\\"e\" \r\nx\r\n0;last\r\n\r\n"),
     KEPT(200, 2)},
    {"chunks_then_surplus", GET, BYTES(CHUNKED "1\r\nx\r\n0\r\n\r\n\r\n"), KEPT(200, 1), .surplus = 2},
    {"chunks_cut_in_data", GET, BYTES(CHUNKED "5\r\nhel"), .end = CUT, .status = 200, .body = 3},
    {"chunks_cut_before_last", GET, BYTES(CHUNKED "5\r\nhello\r\n"), .end = CUT, .status = 200, .body = 5},
    {"chunks_cut_in_trailers", GET, BYTES(CHUNKED "0\r\n"), .end = CUT, .status = 200},
    {"chunk_size_of_letters", GET, BYTES(CHUNKED "XY\r\n"), WRONG("chunk size 'XY' is not hexadecimal"),
     .surplus = 2},
    {"chunk_size_empty", GET, BYTES(CHUNKED "\r\n"), WRONG("chunk size '' is not hexadecimal"), .surplus = 2},
    {"chunk_size_of_extension_alone", GET, BYTES(CHUNKED ";a\r\n"),
     WRONG("chunk size ';a' is not hexadecimal"), .surplus = 2},
    {"chunk_size_after_space", GET, BYTES(CHUNKED " 5\r\n"), WRONG("chunk size ' 5' is not hexadecimal"),
     .surplus = 2},
    {"chunk_size_with_prefix", GET, BYTES(CHUNKED "0x5\r\n"), WRONG("chunk size '0x5' is not hexadecimal"),
     .surplus = 2},
    {"chunk_size_with_minus", GET, BYTES(CHUNKED "-1\r\n"), WRONG("chunk size '-1' is not hexadecimal"),
     .surplus = 2},
    {"chunk_size_with_nul", GET, BYTES(CHUNKED "5\0\r\n"), WRONG("chunk size '5\\x00' is not hexadecimal"),
     .surplus = 2},
    {"chunk_size_of_64_bits", GET, BYTES(CHUNKED "ffffffffffffffff\r\nabc"), .end = CUT, .status = 200,
     .body = 3},
    {"chunk_size_of_more_than_64_bits", GET, BYTES(CHUNKED "10000000000000000\r\n"),
     WRONG("chunk size '10000000000000000' is too large"), .surplus = 2},
    {"chunk_size_padded", GET, BYTES(CHUNKED "5  \r\nhello\r\n"),
     WRONG("chunk size line '5  ' is too long or malformed"), .surplus = 9},
    {"chunk_size_then_word", GET, BYTES(CHUNKED "5 a\r\nhello\r\n"),
     WRONG("chunk size line '5 a' is too long or malformed"), .surplus = 9},
    {"chunk_line_of_lf_alone", GET, BYTES(CHUNKED "5\nhello\r\n"),
     WRONG("chunk size line '5' is too long or malformed"), .surplus = 8},
    {"chunk_extension_of_lf_alone", GET, BYTES(CHUNKED "5;a\nhello\r\n"),
     WRONG("chunk size line '5;a' is too long or malformed"), .surplus = 8},
    {"chunk_extension_with_nul", GET, BYTES(CHUNKED "5;a\0\r\n"),
     WRONG("chunk size line '5;a\\x00' is too long or malformed"), .surplus = 2},
    {"chunk_extension_quote_without_end", GET, BYTES(CHUNKED "5;a=\"b\r\nhello"),
     WRONG("chunk size line '5;a=\"b' is too long or malformed"), .surplus = 7},
    {"chunk_line_bare_cr", GET, BYTES(CHUNKED "5\rhello\n"), WRONG("line '5\\x0Dhello' has a CR without LF"),
     .surplus = 1},
    {"chunk_longer_than_its_size", GET, BYTES(CHUNKED "5\r\nhello!\r\n"),
     WRONG("no CRLF after a chunk (found '!')"), .surplus = 2},
    {"chunk_then_lf_alone", GET, BYTES(CHUNKED "5\r\nhello\n0\r\n\r\n"),
     WRONG("no CRLF after a chunk (found '')"), .surplus = 6},
    {"chunk_then_cr_alone", GET, BYTES(CHUNKED "5\r\nhello\r0\r\n\r\n"),
     WRONG("no CRLF after a chunk (found '\\x0D0')"), .surplus = 4},
    {"chunk_then_next_size", GET, BYTES(CHUNKED "5\r\nhello0\r\n\r\n"),
     WRONG("no CRLF after a chunk (found '0')"), .surplus = 4},

    /* trailers, RFC 9112 section 7.1.2 */
    {"trailers", GET, BYTES(CHUNKED "1\r\nx\r\n0\r\nChecksum: abc\r\nX:y\n\n"), KEPT(200, 1)},
    {"trailers_frame_nothing", GET,
     BYTES(CHUNKED
	   "0\r\nContent-Length: x\r\nConnection: close\r\nTransfer-Encoding: ?\r\nLocation: /t\r\n\r\n"),
     KEPT(200, 0)},
    {"trailers_folded", GET, BYTES(CHUNKED "0\r\nX: a\r\n b\r\n\r\n"), KEPT(200, 0)},
    {"trailers_begin_with_fold", GET, BYTES(CHUNKED "0\r\n b\r\n\r\n"), WRONG("trailer ' b' is malformed"),
     .surplus = 4},
    {"trailer_without_colon", GET, BYTES(CHUNKED "0\r\nfoo bar\r\n\r\n"),
     WRONG("trailer 'foo bar' is malformed"), .surplus = 4},
    {"trailer_with_space_before_colon", GET, BYTES(CHUNKED "0\r\nfoo : bar\r\n\r\n"),
     WRONG("trailer 'foo ' is malformed"), .surplus = 9},
    {"trailer_with_nul", GET, BYTES(CHUNKED "0\r\nfoo: \0\r\n\r\n"),
     WRONG("trailer 'foo: \\x00' is malformed"), .surplus = 4},
    {"trailer_with_bare_cr", GET, BYTES(CHUNKED "0\r\nfoo: b\rar\r\n\r\n"),
     WRONG("trailer 'foo: b\\x0Dar' is malformed"), .surplus = 4},
    {"trailers_end_with_bare_cr", GET, BYTES(CHUNKED "0\r\n\r-\n"), WRONG("trailer '\\x0D-' is malformed"),
     .surplus = 1},
    {"trailer_name_empty", GET, BYTES(CHUNKED "0\r\n:\r\n\r\n"), WRONG("trailer ':' is malformed"),
     .surplus = 4},

    /* Location */
    {"location", GET, BYTES("HTTP/1.1 301 M\r\nLocation:  \thttp://h/a?b \t\r\nContent-Length: 0\r\n\r\n"),
     KEPT(301, 0), .location = "http://h/a?b"},
    {"location_in_capitals", GET, BYTES("HTTP/1.1 301 M\r\nLOCATION:/\r\nContent-Length: 0\r\n\r\n"),
     KEPT(301, 0), .location = "/"},
    {"location_first_of_two", GET,
     BYTES("HTTP/1.1 301 M\r\nLocation: /a\r\nlocation: /b\r\nContent-Length: 0\r\n\r\n"), KEPT(301, 0),
     .location = "/a"},
    {"location_empty", GET, BYTES("HTTP/1.1 301 M\r\nLocation: \r\nContent-Length: 0\r\n\r\n"), KEPT(301, 0)},
    {"location_folded", GET, BYTES("HTTP/1.1 301 M\r\nLocation: /a\r\n b\r\n \r\nContent-Length: 0\r\n\r\n"),
     KEPT(301, 0), .location = "/a b"},
    {"location_that_just_fits", GET,
     BYTES("HTTP/1.1 301 M\r\nLocation: /23456789012345   \r\nContent-Length: 0\r\n\r\n"), KEPT(301, 0),
     .location = "/23456789012345"},
    {"location_too_long", GET,
     BYTES("HTTP/1.1 301 M\r\nLocation: /234567890123456\r\nContent-Length: 0\r\n\r\n"), KEPT(301, 0)},
    {"location_much_too_long", GET,
     BYTES("HTTP/1.1 301 M\r\nLocation: /234567890123456/and more\r\n of it\r\nContent-Length: 0\r\n\r\n"),
     KEPT(301, 0)},
    {"location_too_long_then_one_that_fits", GET,
     BYTES("HTTP/1.1 301 M\r\nLocation: /234567890123456\r\nLocation: /b\r\nContent-Length: 0\r\n\r\n"),
     KEPT(301, 0), .location = "/b"},
    {"nul_in_location", GET, BYTES("HTTP/1.1 301 M\r\nLocation: /a\0b\r\n\r\n"),
     WRONG("header 'Location' holds a NUL or other control byte"), .surplus = 6},

    /* cut */
    {"nothing", GET, BYTES(""), .end = CUT},
    {"cut_in_status_line", GET, BYTES("HTTP/1.1 20"), .end = CUT},
    {"cut_in_head", GET, BYTES(OK "Content-Le"), .end = CUT},
    {"cut_before_body", GET, BYTES(OK "Content-Length: 1\r\n\r\n"), .end = CUT, .status = 200},
};

/* ---- reading ---- */

enum { LOCATION_ROOM = 15 };

struct reading {
	const struct example *example;
	struct h1_parser parser;
	struct h1_location location;
	char value[LOCATION_ROOM];
	enum h1_progress progress;
	size_t used;
};

static void begin(struct reading *r, const struct example *example)
{
	*r = (struct reading){.example = example};
	r->location = (struct h1_location){.value = r->value, .capacity = sizeof(r->value)};
	h1_begin(&r->parser, example->method == HEAD);
	r->progress = H1_MORE;
}

static void fed(struct reading *r, size_t count, size_t used)
{
	assert_true(used <= count);
	if (r->progress == H1_MORE)
		assert_int_equal(used, count);
	r->used += used;
}

/* Continues up to the byte at `upto`, if the response is not finished. */
static void feed(struct reading *r, size_t upto)
{
	size_t count = upto - r->used, used;

	if (r->progress != H1_MORE)
		return;
	r->progress = h1_feed(&r->parser, r->example->bytes + r->used, count, &used, &r->location);
	fed(r, count, used);
}

static void feed_memo(struct reading *r, struct h1_memo *memo, size_t upto)
{
	size_t used;

	r->progress = h1_feed_memo(&r->parser, memo, r->example->bytes, upto, &used, &r->location);
	fed(r, upto, used);
}

static void assert_location(const struct reading *r)
{
	const char *expected = r->example->location ? r->example->location : "";

	assert_int_equal(r->location.length, strlen(expected));
	assert_memory_equal(r->value, expected, strlen(expected));
}

static void assert_sentence(const struct h1_parser *parser, const char *expected)
{
	char text[256];

	h1_describe(parser, text, sizeof(text));
	assert_string_equal(text, expected);
}

static void assert_end(struct reading *r)
{
	const struct example *e = r->example;
	static const enum h1_progress expected[] = {
	    [COMPLETE] = H1_COMPLETE, [CLOSES] = H1_MORE, [CUT] = H1_MORE, [BROKEN] = H1_BROKEN};
	size_t used;

	assert_int_equal(r->progress, expected[e->end]);
	assert_int_equal(r->used, e->length - e->surplus);
	assert_int_equal(h1_started(&r->parser), e->length > 0);
	if (e->end == CLOSES)
		assert_int_equal(h1_end(&r->parser), H1_COMPLETE);
	else
		assert_int_equal(h1_end(&r->parser), r->progress);
	if (r->progress != H1_MORE || e->end == CLOSES) { /* no further byte belongs to it */
		assert_int_equal(h1_feed(&r->parser, "HTTP", 4, &used, NULL), h1_end(&r->parser));
		assert_int_equal(used, 0);
		assert_int_equal(h1_droppable(&r->parser), 0);
	}
	if (e->end == BROKEN) {
		assert_sentence(&r->parser, e->sentence);
		return;
	}
	if (e->status)
		assert_int_equal(r->parser.status, e->status);
	assert_true(r->parser.body_bytes == e->body);
	assert_int_equal(r->parser.error, H1_E_NONE);
	assert_int_equal(h1_head_done(&r->parser), e->status != 0);
	if (e->end != CUT)
		assert_int_equal(h1_keepalive(&r->parser), e->keepalive);
	assert_location(r);
}

static void read_whole(const struct example *e)
{
	struct reading r;

	begin(&r, e);
	feed(&r, e->length);
	assert_end(&r);
}

static void read_bytes(const struct example *e)
{
	struct reading r;

	begin(&r, e);
	for (size_t at = 1; at <= e->length; at++) {
		feed(&r, at);
		feed(&r, r.used); /* no byte at all changes nothing */
	}
	assert_end(&r);
}

static void read_split(const struct example *e)
{
	struct reading r;

	for (size_t cut = 0; cut <= e->length; cut++) {
		begin(&r, e);
		feed(&r, cut);
		feed(&r, e->length);
		assert_end(&r);
	}
}

/* The memo may hold this head, none, the same bytes read for another method, or read without a location. */
static void read_memo(const struct example *e)
{
	struct example other = *e;
	struct h1_memo memo = {.length = 0};
	struct h1_parser parser;
	struct reading r;
	size_t used;

	for (int i = 0; i < 3; i++) {
		begin(&r, e);
		feed_memo(&r, &memo, e->length);
		assert_end(&r);
	}
	for (size_t cut = 0; cut <= e->length; cut++) {
		begin(&r, e);
		feed_memo(&r, &memo, cut);
		feed(&r, e->length);
		assert_end(&r);
	}
	other.method = e->method == HEAD ? GET : HEAD;
	begin(&r, &other);
	feed_memo(&r, &memo, e->length);
	begin(&r, e);
	feed_memo(&r, &memo, e->length);
	assert_end(&r);

	memo.length = 0;
	h1_begin(&parser, e->method == HEAD);
	h1_feed_memo(&parser, &memo, e->bytes, e->length, &used, NULL);
	begin(&r, e);
	feed_memo(&r, &memo, e->length);
	assert_end(&r);
}

/* The peer closes after `cut` bytes. */
static void read_closed(const struct example *e)
{
	for (size_t cut = 0; cut <= e->length; cut++) {
		enum h1_progress progress;
		struct reading r;

		begin(&r, e);
		feed(&r, cut);
		progress = h1_end(&r.parser);
		if (r.progress != H1_MORE) {
			assert_int_equal(progress, r.progress);
		} else if (r.parser
			       .error) { /* the error message waited for the rest of the offending token */
			assert_int_equal(e->end, BROKEN);
			assert_int_equal(progress, H1_BROKEN);
		} else if (e->end == CLOSES && h1_head_done(&r.parser)) {
			assert_int_equal(progress, H1_COMPLETE);
			assert_true(r.parser.body_bytes == e->body - (e->length - cut));
			assert_false(h1_keepalive(&r.parser));
		} else {
			assert_int_equal(progress, H1_MORE);
		}
	}
}

/* Body bytes that the kernel drops count like bytes that were read. */
static void read_dropped(const struct example *e)
{
	for (size_t cut = 0; cut <= e->length; cut++) {
		uint64_t droppable;
		struct reading r;

		begin(&r, e);
		feed(&r, cut);
		droppable = h1_droppable(&r.parser);
		if (droppable > e->length - cut)
			droppable = e->length - cut;
		for (uint64_t count = droppable; count; count /= 2) {
			begin(&r, e);
			feed(&r, cut);
			r.progress = h1_dropped(&r.parser, count);
			r.used += count;
			feed(&r, e->length);
			assert_end(&r);
		}
		if (!droppable)
			assert_int_equal(h1_dropped(&r.parser, 0), r.progress);
	}
}

static void read_in_every_way(void **state)
{
	const struct example *e = *state;

	read_whole(e);
	read_bytes(e);
	read_split(e);
	read_memo(e);
	read_closed(e);
	read_dropped(e);
}

/* ---- limits ---- */

struct text {
	char *bytes;
	size_t length;
};

static void add(struct text *text, const char *bytes)
{
	size_t length = strlen(bytes);

	text->bytes = realloc(text->bytes, text->length + length + 1);
	assert_non_null(text->bytes);
	memcpy(text->bytes + text->length, bytes, length + 1);
	text->length += length;
}

static void add_filler(struct text *text, size_t upto)
{
	assert_true(text->length <= upto);
	text->bytes = realloc(text->bytes, upto + 1);
	assert_non_null(text->bytes);
	memset(text->bytes + text->length, 'x', upto - text->length);
	text->bytes[upto] = '\0';
	text->length = upto;
}

/* Whole, in pieces, and cut around the limit: the same. */
static void assert_progress(struct text *text, enum h1_progress expected, enum h1_error error, size_t used)
{
	struct example e = {.bytes = text->bytes, .length = text->length};
	static const size_t pieces[] = {1,	     13, 4096, H1_HEAD_MAX - 1, H1_HEAD_MAX, H1_HEAD_MAX + 1,
					SIZE_MAX / 2};

	for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
		struct reading r;

		begin(&r, &e);
		while (r.progress == H1_MORE && r.used < e.length)
			feed(&r, pieces[i] < e.length - r.used ? r.used + pieces[i] : e.length);
		assert_int_equal(r.progress, expected);
		assert_int_equal(r.parser.error, error);
		assert_int_equal(r.used, used);
	}
	free(text->bytes);
}

static void head_of_64_kib_passes(void **state)
{
	static const char end[] = "\r\nContent-Length: 0\r\n\r\n";
	struct text text = {0};

	(void)state;
	add(&text, OK "X: ");
	add_filler(&text, H1_HEAD_MAX - (sizeof(end) - 1));
	add(&text, end);
	assert_progress(&text, H1_COMPLETE, H1_E_NONE, H1_HEAD_MAX);
}

static void head_of_64_kib_and_a_byte_is_too_large(void **state)
{
	static const char end[] = "\r\nContent-Length: 0\r\n\r\n";
	struct text text = {0};

	(void)state;
	add(&text, OK "X: ");
	add_filler(&text, H1_HEAD_MAX + 1 - (sizeof(end) - 1));
	add(&text, end);
	assert_progress(&text, H1_BROKEN, H1_E_HEAD_TOO_LARGE, H1_HEAD_MAX);
}

static void endless_name_is_too_large(void **state)
{
	struct text text = {0};

	(void)state;
	add(&text, OK);
	add_filler(&text, 2 * H1_HEAD_MAX);
	assert_progress(&text, H1_BROKEN, H1_E_HEAD_TOO_LARGE, H1_HEAD_MAX);
}

static void endless_interim_responses_are_too_large(void **state)
{
	struct text text = {0};

	(void)state;
	while (text.length <= H1_HEAD_MAX)
		add(&text, "HTTP/1.1 102 Processing\r\n\r\n");
	assert_progress(&text, H1_BROKEN, H1_E_HEAD_TOO_LARGE, H1_HEAD_MAX);
}

static void chunk_line_of_64_kib_passes(void **state)
{
	struct text text = {0};
	size_t head;

	(void)state;
	add(&text, CHUNKED);
	head = text.length;
	add(&text, "1;");
	add_filler(&text, head + H1_HEAD_MAX - 2);
	add(&text, "\r\nx\r\n0\r\n\r\n");
	assert_progress(&text, H1_COMPLETE, H1_E_NONE, text.length);
}

static void chunk_line_of_64_kib_and_a_byte_is_too_long(void **state)
{
	struct text text = {0};
	size_t head;

	(void)state;
	add(&text, CHUNKED);
	head = text.length;
	add(&text, "1;");
	add_filler(&text, head + H1_HEAD_MAX - 1);
	add(&text, "\r\nx\r\n0\r\n\r\n");
	assert_progress(&text, H1_BROKEN, H1_E_CHUNK_LINE, head + H1_HEAD_MAX);
}

static void chunk_lines_are_measured_separately(void **state)
{
	struct text text = {0};

	(void)state;
	add(&text, CHUNKED);
	while (text.length <= 2 * H1_HEAD_MAX)
		add(&text, "1;some=extension\r\nx\r\n");
	add(&text, "0\r\n\r\n");
	assert_progress(&text, H1_COMPLETE, H1_E_NONE, text.length);
}

static void trailers_of_64_kib_pass(void **state)
{
	struct text text = {0};
	size_t head;

	(void)state;
	add(&text, CHUNKED "0\r\n");
	head = text.length;
	add(&text, "X: ");
	add_filler(&text, head + H1_HEAD_MAX - 4);
	add(&text, "\r\n\r\n");
	assert_progress(&text, H1_COMPLETE, H1_E_NONE, text.length);
}

static void trailers_of_64_kib_and_a_byte_are_too_large(void **state)
{
	struct text text = {0};
	size_t head;

	(void)state;
	add(&text, CHUNKED "0\r\n");
	head = text.length;
	add(&text, "X: ");
	add_filler(&text, head + H1_HEAD_MAX - 3);
	add(&text, "\r\n\r\n");
	assert_progress(&text, H1_BROKEN, H1_E_HEAD_TOO_LARGE, head + H1_HEAD_MAX);
}

/* ---- the rest ---- */

static void parser_fits_into_a_connection(void **state)
{
	(void)state;
	assert_true(sizeof(struct h1_parser) <= 72);
}

static void begin_forgets_everything(void **state)
{
	static const struct example first = {
	    .method = GET,
	    BYTES("HTTP/1.0 500 X\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc")};
	static const struct example second = {
	    .method = GET, BYTES(OK "Content-Length: 2\r\n\r\nok"), KEPT(200, 2)};
	struct reading r;

	(void)state;
	begin(&r, &first);
	feed(&r, first.length);
	h1_begin(&r.parser, false);
	assert_false(h1_started(&r.parser));
	assert_false(h1_head_done(&r.parser));
	r.example = &second;
	r.used = 0;
	feed(&r, second.length);
	assert_end(&r);
}

static void bodies_beyond_32_bits_are_counted(void **state)
{
	static const struct example e = {
	    .method = GET, BYTES(OK "Content-Length: 18446744073709551615\r\n\r\n"), .end = CUT};
	struct reading r;

	(void)state;
	begin(&r, &e);
	feed(&r, e.length);
	assert_true(h1_droppable(&r.parser) == UINT64_MAX);
	assert_int_equal(h1_dropped(&r.parser, UINT64_MAX - 1), H1_MORE);
	assert_true(h1_droppable(&r.parser) == 1);
	assert_int_equal(h1_dropped(&r.parser, 1), H1_COMPLETE);
	assert_true(r.parser.body_bytes == UINT64_MAX);
}

static void the_mean_length_of_the_chunks_is_known(void **state)
{
	static const struct example e = {.method = GET,
					 BYTES(OK "Content-Length: 99\r\nTransfer-Encoding: "
						  "chunked\r\n\r\n3\r\nabc\r\n14\r\n0123456789ABCDEFGHIJ\r\n"
						  "2\r\nxy\r\n0\r\n\r\n"),
					 .end = COMPLETE};
	static const struct example no_chunks = {
	    .method = GET, BYTES(OK "Content-Length: 3\r\n\r\nabc"), .end = COMPLETE};
	size_t line = (size_t)(strstr(e.bytes, "14\r\n") - e.bytes);
	struct reading r;

	(void)state;
	begin(&r, &e);
	feed(&r, (size_t)(strstr(e.bytes, "3\r\n") - e.bytes));
	assert_true(h1_mean_chunk(&r.parser) == 0);
	feed(&r, line);
	assert_true(h1_mean_chunk(&r.parser) == 3);
	feed(&r, line + 4);
	assert_true(h1_droppable(&r.parser) == 20);
	assert_true(h1_mean_chunk(&r.parser) == 11); /* of 3 and 20 */
	feed(&r, line + 9);
	assert_true(h1_mean_chunk(&r.parser) == 11);
	feed(&r, e.length);
	assert_int_equal(r.progress, H1_COMPLETE);
	assert_true(h1_mean_chunk(&r.parser) == 8); /* of 3, 20 and 2: the last chunk, of 0, does not count */
	begin(&r, &no_chunks);
	feed(&r, no_chunks.length - 1);
	assert_true(h1_mean_chunk(&r.parser) == 0);
}

static void messages_are_printable_and_fit(void **state)
{
	struct h1_parser parser;

	(void)state;
	for (int error = 0; error < H1_ERROR_COUNT; error++) {
		h1_begin(&parser, false);
		parser.error = (uint8_t)error;
		parser.text_length = H1_TEXT_KEPT + 1;
		for (int byte = 0; byte < 256; byte++) {
			char text[200], small[20];

			memset(parser.text, byte, sizeof(parser.text));
			h1_describe(&parser, text, sizeof(text));
			assert_true(strlen(text) > 0 && strlen(text) < sizeof(text) - 1);
			for (const char *c = text; *c; c++)
				assert_true(*c >= ' ' && *c < 0x7f);
			h1_describe(&parser, small, sizeof(small));
			assert_true(!strncmp(text, small, sizeof(small) - 1) &&
				    strlen(small) < sizeof(small));
		}
	}
}

/* The test changes the memo: only then is it visible that the parser uses it. */
static void memo_spares_reading_the_same_head_again(void **state)
{
	static const struct example e = {
	    .method = GET, BYTES(OK "Content-Length: 2\r\n\r\nok"), KEPT(200, 2)};
	static const struct example like = {
	    .method = GET, BYTES(OK "Content-Length: 3\r\n\r\nabc"), KEPT(200, 3)};
	struct h1_memo memo = {.length = 0};
	struct reading r;

	(void)state;
	begin(&r, &e);
	feed_memo(&r, &memo, e.length);
	assert_int_equal(memo.length, e.length - 2);
	memo.after.status = 299;
	begin(&r, &e);
	feed_memo(&r, &memo, e.length);
	assert_int_equal(r.parser.status, 299);
	begin(&r, &like);
	feed_memo(&r, &memo, like.length);
	assert_end(&r);
}

/* In the middle of a response the memo is not used: the result is that of h1_feed(). */
static void memo_is_for_the_start_of_a_response(void **state)
{
	static const struct example e = {
	    .method = GET, BYTES(OK "Content-Length: 2\r\n\r\nok"), KEPT(200, 2)};
	struct h1_memo memo = {.length = 0};
	struct reading r;

	(void)state;
	begin(&r, &e);
	feed_memo(&r, &memo, e.length);
	for (size_t cut = 1; cut < e.length; cut++) {
		size_t used;

		begin(&r, &e);
		feed(&r, cut);
		r.progress = h1_feed_memo(&r.parser, &memo, e.bytes + cut, e.length - cut, &used, NULL);
		fed(&r, e.length - cut, used);
		assert_end(&r);
	}
}

static void memo_leaves_out(const char *bytes, bool wants_location)
{
	char value[64];
	struct h1_location location = {.value = value, .capacity = sizeof(value)};
	struct h1_memo memo = {.length = 0};
	struct h1_parser parser;
	size_t used;

	h1_begin(&parser, false);
	h1_feed_memo(&parser, &memo, bytes, strlen(bytes), &used, wants_location ? &location : NULL);
	assert_int_equal(memo.length, 0);
}

static void memo_leaves_out_interim_responses(void **state)
{
	(void)state;
	memo_leaves_out("HTTP/1.1 100 C\r\n\r\n", false);
	memo_leaves_out("HTTP/1.1 100 C\r\n\r\n" OK "Content-Length: 0\r\n\r\n", false);
}

static void memo_leaves_out_wanted_locations(void **state)
{
	(void)state;
	memo_leaves_out("HTTP/1.1 301 M\r\nLocation: /\r\nContent-Length: 0\r\n\r\n", true);
}

static void memo_leaves_out_unfinished_and_broken_heads(void **state)
{
	(void)state;
	memo_leaves_out(OK "Content-Length: 0\r\n\r", false);
	memo_leaves_out(OK "Content-Length: x\r\n\r\n", false);
}

static void memo_leaves_out_large_heads(void **state)
{
	struct text text = {0};
	struct h1_memo memo;

	(void)state;
	add(&text, OK "X: ");
	add_filler(&text, sizeof(memo.head));
	add(&text, "\r\nContent-Length: 0\r\n\r\n");
	memo_leaves_out(text.bytes, false);
	free(text.bytes);
}

int main(void)
{
	enum { EXAMPLES = sizeof(examples) / sizeof(examples[0]) };
	static const struct CMUnitTest others[] = {
	    cmocka_unit_test(head_of_64_kib_passes),
	    cmocka_unit_test(head_of_64_kib_and_a_byte_is_too_large),
	    cmocka_unit_test(endless_name_is_too_large),
	    cmocka_unit_test(endless_interim_responses_are_too_large),
	    cmocka_unit_test(chunk_line_of_64_kib_passes),
	    cmocka_unit_test(chunk_line_of_64_kib_and_a_byte_is_too_long),
	    cmocka_unit_test(chunk_lines_are_measured_separately),
	    cmocka_unit_test(trailers_of_64_kib_pass),
	    cmocka_unit_test(trailers_of_64_kib_and_a_byte_are_too_large),
	    cmocka_unit_test(parser_fits_into_a_connection),
	    cmocka_unit_test(begin_forgets_everything),
	    cmocka_unit_test(bodies_beyond_32_bits_are_counted),
	    cmocka_unit_test(the_mean_length_of_the_chunks_is_known),
	    cmocka_unit_test(messages_are_printable_and_fit),
	    cmocka_unit_test(memo_spares_reading_the_same_head_again),
	    cmocka_unit_test(memo_is_for_the_start_of_a_response),
	    cmocka_unit_test(memo_leaves_out_interim_responses),
	    cmocka_unit_test(memo_leaves_out_wanted_locations),
	    cmocka_unit_test(memo_leaves_out_unfinished_and_broken_heads),
	    cmocka_unit_test(memo_leaves_out_large_heads),
	};
	struct CMUnitTest tests[EXAMPLES + sizeof(others) / sizeof(others[0])];

	for (size_t i = 0; i < EXAMPLES; i++)
		tests[i] = (struct CMUnitTest){
		    .name = examples[i].name,
		    .test_func = read_in_every_way,
		    .initial_state = (void *)(uintptr_t)&examples[i],
		};
	memcpy(tests + EXAMPLES, others, sizeof(others));
	return cmocka_run_group_tests(tests, NULL, NULL);
}
