# SPDX-License-Identifier: MIT OR Apache-2.0
"""HTTP/2 against scripted peers: every breach of RFC 9113, by name, and everything a server may do.

Cases that h2specd has as well carry its names.
"""
import json
import os
import struct
import threading
import time

import h2
import tls
from h2 import Client, data, frame, goaway, head, reset, response, settings, window_update
from harness import LIMIT, PEERS, Case, main, wait_for

if PEERS == "tls":
    tls.server_context().set_alpn_protocols(["h2"])

BIG = 2 ** 31 - 1


def padded(kind, stream, padding, rest, flags=0):
    return frame(kind, flags | h2.PADDED, stream, bytes([padding]) + rest)


# Connection errors. name: (frames after the request on stream 1, code of the GOAWAY, words of the message).
CONNECTION = {
    # 4.2 and 6: lengths
    "data_over_16384": (head(1) + frame(h2.DATA, 1, 1, bytes(16385)), h2.FRAME_SIZE_ERROR, "longer than the 16384"),
    "headers_over_16384": (frame(h2.HEADERS, 5, 1, bytes(16385)), h2.FRAME_SIZE_ERROR, "longer than the 16384"),
    "unknown_over_16384": (frame(0x42, 0, 0, bytes(16385)), h2.FRAME_SIZE_ERROR, "longer than the 16384"),
    "priority_length_4": (frame(h2.PRIORITY, 0, 1, bytes(4)), h2.FRAME_SIZE_ERROR, "wrong length"),
    "rst_stream_length_3": (frame(h2.RST_STREAM, 0, 1, bytes(3)), h2.FRAME_SIZE_ERROR, "wrong length"),
    "settings_length_5": (frame(h2.SETTINGS, 0, 0, bytes(5)), h2.FRAME_SIZE_ERROR, "wrong length"),
    "settings_ack_with_payload": (frame(h2.SETTINGS, 1, 0, bytes(6)), h2.FRAME_SIZE_ERROR, "wrong length"),
    "ping_length_6": (frame(h2.PING, 0, 0, bytes(6)), h2.FRAME_SIZE_ERROR, "wrong length"),
    "goaway_length_7": (frame(h2.GOAWAY, 0, 0, bytes(7)), h2.FRAME_SIZE_ERROR, "wrong length"),
    "window_update_length_3": (frame(h2.WINDOW_UPDATE, 0, 0, bytes(3)), h2.FRAME_SIZE_ERROR, "wrong length"),
    "headers_too_short_for_priority": (frame(h2.HEADERS, 0x25, 1, bytes(4)), h2.FRAME_SIZE_ERROR, "wrong length"),
    # 5.1.1 and 6: stream identifiers
    "data_on_stream_0": (data(0, b"x"), h2.PROTOCOL_ERROR, "has stream 0"),
    "headers_on_stream_0": (head(0), h2.PROTOCOL_ERROR, "has stream 0"),
    "priority_on_stream_0": (frame(h2.PRIORITY, 0, 0, bytes(5)), h2.PROTOCOL_ERROR, "has stream 0"),
    "rst_stream_on_stream_0": (reset(0, h2.CANCEL), h2.PROTOCOL_ERROR, "has stream 0"),
    "continuation_on_stream_0": (frame(h2.CONTINUATION, 4, 0, b"\x88"), h2.PROTOCOL_ERROR, "continued without"),
    "settings_on_a_stream": (frame(h2.SETTINGS, 0, 1), h2.PROTOCOL_ERROR, "of the connection has a stream"),
    "ping_on_a_stream": (frame(h2.PING, 0, 1, bytes(8)), h2.PROTOCOL_ERROR, "of the connection has a stream"),
    "goaway_on_a_stream": (frame(h2.GOAWAY, 0, 1, bytes(8)), h2.PROTOCOL_ERROR, "of the connection has a stream"),
    "headers_on_an_even_stream": (head(2), h2.PROTOCOL_ERROR, "number of a stream of the server"),
    "data_on_an_even_stream": (data(4, b"x"), h2.PROTOCOL_ERROR, "number of a stream of the server"),
    "headers_on_an_idle_stream": (head(101), h2.PROTOCOL_ERROR, "never opened"),
    "data_on_an_idle_stream": (data(101, b"x"), h2.PROTOCOL_ERROR, "never opened"),
    "rst_stream_on_an_idle_stream": (reset(101, h2.CANCEL), h2.PROTOCOL_ERROR, "never opened"),
    "window_update_on_an_idle_stream": (window_update(101, 1), h2.PROTOCOL_ERROR, "never opened"),
    # 6.1, 6.2: padding
    "data_padding_over_payload": (head(1) + padded(h2.DATA, 1, 6, b"hello"), h2.PROTOCOL_ERROR, "more padding"),
    "data_padded_and_empty": (head(1) + frame(h2.DATA, 8, 1), h2.PROTOCOL_ERROR, "more padding"),
    "headers_padding_over_payload": (padded(h2.HEADERS, 1, 2, b"\x88", 5), h2.PROTOCOL_ERROR, "more padding"),
    "headers_padded_and_empty": (frame(h2.HEADERS, 0x0c, 1), h2.PROTOCOL_ERROR, "more padding"),
    # 6.5.2: values of settings
    "enable_push_1": (settings((h2.ENABLE_PUSH, 1)), h2.PROTOCOL_ERROR, "forbidden value"),
    "enable_push_2": (settings((h2.ENABLE_PUSH, 2)), h2.PROTOCOL_ERROR, "forbidden value"),
    "max_frame_size_16383": (settings((h2.MAX_FRAME_SIZE, 16383)), h2.PROTOCOL_ERROR, "forbidden value"),
    "max_frame_size_2_24": (settings((h2.MAX_FRAME_SIZE, 1 << 24)), h2.PROTOCOL_ERROR, "forbidden value"),
    "initial_window_2_31": (settings((h2.INITIAL_WINDOW_SIZE, 1 << 31)), h2.FLOW_CONTROL_ERROR, "over 2^31-1"),
    # 6.6
    "push_promise": (frame(h2.PUSH_PROMISE, 4, 1, struct.pack(">I", 2) + b"\x82\x84\x86"), h2.PROTOCOL_ERROR,
                     "push is off"),
    # 6.9: windows
    "window_update_0": (window_update(0, 0), h2.PROTOCOL_ERROR, "connection adds 0"),
    "window_overflow": (window_update(0, BIG), h2.FLOW_CONTROL_ERROR, "of the connection is over 2^31-1"),
    "initial_window_overflows_a_stream": (window_update(1, 100) + settings((h2.INITIAL_WINDOW_SIZE, BIG)),
                                          h2.FLOW_CONTROL_ERROR, "the window of a stream is over 2^31-1"),
    # 6.10, 4.3: header blocks
    "continuation_without_a_start": (frame(h2.CONTINUATION, 4, 1, b"\x88"), h2.PROTOCOL_ERROR, "continued without"),
    "continuation_behind_the_end": (head(1) + frame(h2.CONTINUATION, 4, 1, b"\x88"), h2.PROTOCOL_ERROR,
                                    "continued without"),
    "block_interrupted_by_data": (head(1, flags=0) + data(1, b"x"), h2.PROTOCOL_ERROR, "interrupted"),
    "block_interrupted_by_ping": (head(1, flags=0) + frame(h2.PING, 0, 0, bytes(8)), h2.PROTOCOL_ERROR, "interrupted"),
    "block_interrupted_by_headers": (head(1, flags=0) + head(1), h2.PROTOCOL_ERROR, "interrupted"),
    "block_interrupted_by_unknown": (head(1, flags=0) + frame(0x42), h2.PROTOCOL_ERROR, "interrupted"),
    "continuation_of_another_stream": (head(1, flags=0) + frame(h2.CONTINUATION, 4, 3, b"\x88"), h2.PROTOCOL_ERROR,
                                       "interrupted"),
    "continuation_flood": (head(1, flags=0) + 300 * frame(h2.CONTINUATION, 0, 1), h2.ENHANCE_YOUR_CALM, "too long"),
    "block_over_256_KiB": (head(1, flags=0) + 17 * frame(h2.CONTINUATION, 0, 1, bytes(16384)), h2.ENHANCE_YOUR_CALM,
                           "too long"),
    "hpack_bomb": (frame(h2.HEADERS, 4, 1, b"\x88" + h2.block(("a", 3000 * "b"), indexing=True) + 100 * b"\xbe"),
                   h2.ENHANCE_YOUR_CALM, "too long"),
    "block_cut": (frame(h2.HEADERS, 4, 1, b"\x88\x00\x05ab"), h2.COMPRESSION_ERROR, "cannot be decoded"),
    "block_index_0": (frame(h2.HEADERS, 4, 1, b"\x80"), h2.COMPRESSION_ERROR, "cannot be decoded"),
    "block_index_over_the_table": (frame(h2.HEADERS, 4, 1, b"\xff\x20"), h2.COMPRESSION_ERROR, "cannot be decoded"),
    "block_table_over_its_limit": (frame(h2.HEADERS, 4, 1, h2.integer(4097, 5, 0x20) + b"\x88"), h2.COMPRESSION_ERROR,
                                   "cannot be decoded"),
    "block_size_update_behind_a_field": (frame(h2.HEADERS, 4, 1, b"\x88\x20"), h2.COMPRESSION_ERROR,
                                         "cannot be decoded"),
    "block_huffman_with_eos": (frame(h2.HEADERS, 4, 1, b"\x88\x00\x01a\x84\xff\xff\xff\xff"), h2.COMPRESSION_ERROR,
                               "cannot be decoded"),
}

# Connection errors after the whole response on stream 1, while another request is in flight.
BEHIND_THE_END = {
    "data_on_a_closed_stream": (data(1, b"x"), h2.STREAM_CLOSED, "follows the end of its stream"),
    "headers_on_a_closed_stream": (head(1), h2.STREAM_CLOSED, "follows the end of its stream"),
}

# The first bytes of the server, instead of its SETTINGS.
FIRST = {
    "preface_headers": (head(1), "first frame of the server is not SETTINGS"),
    "preface_ping": (frame(h2.PING, 0, 0, bytes(8)), "first frame of the server is not SETTINGS"),
    "preface_settings_ack": (frame(h2.SETTINGS, 1), "first frame of the server is not SETTINGS"),
    "preface_goaway": (goaway(0), "first frame of the server is not SETTINGS"),
    "preface_garbage": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", "first frame of the server is not SETTINGS"),
    "http1": (b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n", "speaks HTTP/1.1 (leave out --http2)"),
    "http1_505": (b"HTTP/1.1 505 HTTP Version Not Supported\r\n\r\n", "speaks HTTP/1.1 (leave out --http2)"),
}

# Stream errors: the other streams of the connection continue.
STREAM = {
    "window_update_0": (window_update(1, 0), h2.PROTOCOL_ERROR, "of a stream adds 0"),
    "window_overflow": (window_update(1, BIG), h2.FLOW_CONTROL_ERROR, "of a stream is over 2^31-1"),
    "name_in_upper_case": (head(1, ("X-Up", "a"), end=True), h2.PROTOCOL_ERROR, "upper-case letter"),
    "name_with_a_blank": (head(1, ("x y", "a"), end=True), h2.PROTOCOL_ERROR, "forbidden byte"),
    "name_with_a_colon": (head(1, ("x:y", "a"), end=True), h2.PROTOCOL_ERROR, "forbidden byte"),
    "name_with_a_slash": (head(1, ("x/y", "a"), end=True), h2.PROTOCOL_ERROR, "forbidden byte"),
    "name_empty": (head(1, ("", "a"), end=True), h2.PROTOCOL_ERROR, "forbidden byte"),
    "value_with_nul": (head(1, ("a", b"x\0y"), end=True), h2.PROTOCOL_ERROR, "value has a forbidden byte"),
    "value_with_a_control": (head(1, ("a", "x\x1by"), end=True), h2.PROTOCOL_ERROR, "value has a forbidden byte"),
    "value_with_lf": (head(1, ("a", "x\ny"), end=True), h2.PROTOCOL_ERROR, "value has a forbidden byte"),
    "value_ends_with_a_blank": (head(1, ("a", "x "), end=True), h2.PROTOCOL_ERROR, "value has a forbidden byte"),
    "connection": (head(1, ("connection", "close"), end=True), h2.PROTOCOL_ERROR, "field of a connection"),
    "keep_alive": (head(1, ("keep-alive", "1"), end=True), h2.PROTOCOL_ERROR, "field of a connection"),
    "proxy_connection": (head(1, ("proxy-connection", "1"), end=True), h2.PROTOCOL_ERROR, "field of a connection"),
    "transfer_encoding": (head(1, ("transfer-encoding", "chunked"), end=True), h2.PROTOCOL_ERROR,
                          "field of a connection"),
    "upgrade": (head(1, ("upgrade", "h2c"), end=True), h2.PROTOCOL_ERROR, "field of a connection"),
    "te_gzip": (head(1, ("te", "gzip"), end=True), h2.PROTOCOL_ERROR, "field of a connection"),
    "pseudo_unknown": (head(1, (":new", "1"), end=True), h2.PROTOCOL_ERROR, "pseudo-header field"),
    "pseudo_of_a_request": (head(1, (":path", "/"), end=True), h2.PROTOCOL_ERROR, "pseudo-header field"),
    "pseudo_behind_others": (head(1, ("a", "b"), (":status", "200"), status=None, end=True), h2.PROTOCOL_ERROR,
                             "pseudo-header field"),
    "status_twice": (head(1, (":status", "200"), end=True), h2.PROTOCOL_ERROR, "pseudo-header field"),
    "status_missing": (head(1, ("a", "b"), status=None, end=True), h2.PROTOCOL_ERROR, "no :status"),
    "block_empty": (frame(h2.HEADERS, 5, 1), h2.PROTOCOL_ERROR, "no :status"),
    "status_two_digits": (head(1, status=20, end=True), h2.PROTOCOL_ERROR, "no :status, or not three digits"),
    "status_four_digits": (head(1, status=2000, end=True), h2.PROTOCOL_ERROR, "no :status, or not three digits"),
    "status_with_letters": (head(1, status="2xx", end=True), h2.PROTOCOL_ERROR, "no :status, or not three digits"),
    "status_000": (head(1, status="000", end=True), h2.PROTOCOL_ERROR, "no :status, or not three digits"),
    "interim_ends_the_stream": (head(1, status=100, end=True), h2.PROTOCOL_ERROR, "interim response (1xx) ends"),
    "status_101": (head(1, status=101), h2.PROTOCOL_ERROR, "status 101"),
    "length_not_a_number": (head(1, ("content-length", "5x"), end=True), h2.PROTOCOL_ERROR, "not a number"),
    "length_empty": (head(1, ("content-length", ""), end=True), h2.PROTOCOL_ERROR, "not a number"),
    "length_over_64_bits": (head(1, ("content-length", "9" * 21), end=True), h2.PROTOCOL_ERROR, "not a number"),
    "lengths_that_differ": (head(1, ("content-length", "5"), ("content-length", "6")), h2.PROTOCOL_ERROR,
                            "there are two"),
    "data_before_the_head": (data(1, b"x"), h2.PROTOCOL_ERROR, "before the head"),
    "data_before_the_final_head": (head(1, status=103) + data(1, b"x"), h2.PROTOCOL_ERROR, "before the head"),
    "data_with_204": (head(1, status=204) + data(1, b"x"), h2.PROTOCOL_ERROR, "that has no body"),
    "data_with_304": (head(1, status=304) + data(1, b"x"), h2.PROTOCOL_ERROR, "that has no body"),
    "data_over_the_length": (head(1, ("content-length", "4")) + data(1, b"hello"), h2.PROTOCOL_ERROR,
                             "not as long as content-length"),
    "data_under_the_length": (head(1, ("content-length", "6")) + data(1, b"hello"), h2.PROTOCOL_ERROR,
                              "not as long as content-length"),
    "no_data_but_a_length": (head(1, ("content-length", "6"), end=True), h2.PROTOCOL_ERROR,
                             "not as long as content-length"),
    "padding_is_no_content": (head(1, ("content-length", "6")) + padded(h2.DATA, 1, 3, b"abcde", 1),
                              h2.PROTOCOL_ERROR, "not as long as content-length"),
    "length_and_trailers": (head(1, ("content-length", "6")) + data(1, b"hello", False) + head(1, ("a", "b"),
                            status=None, end=True), h2.PROTOCOL_ERROR, "not as long as content-length"),
    "trailers_that_do_not_end": (head(1) + head(1, ("a", "b"), status=None), h2.PROTOCOL_ERROR, "trailers do not end"),
    "trailers_with_a_status": (head(1) + head(1, end=True), h2.PROTOCOL_ERROR, "pseudo-header field"),
}

# What a server may send. name: (frames with the response on stream 1, options, bytes of the body).
ALLOWED = {
    "frame_unknown": (frame(0x42, 0xff, 0, b"????") + frame(0xff, 0, 1, b"x") + response(1), (), 5),
    "flags_unknown": (frame(h2.HEADERS, 0xf6 & ~0x28, 1, b"\x88") + data(1, b"hello", flags=0xf6), (), 5),
    "reserved_bit": (head(1 | 1 << 31) + data(1 | 1 << 31, b"hello"), (), 5),
    "data_of_16384": (head(1) + data(1, bytes(16384)), (), 16384),
    "data_empty": (head(1) + 3 * data(1, b"", False) + data(1, b"hello", False) + data(1), (), 5),
    "data_padded": (head(1) + padded(h2.DATA, 1, 3, b"hello\0\0\0", 1), (), 5),
    "data_of_padding_alone": (head(1) + padded(h2.DATA, 1, 3, bytes(3), 0) + data(1, b"hello"), (), 5),
    "headers_padded": (padded(h2.HEADERS, 1, 4, b"\x88" + bytes(4), 5), (), 0),
    "headers_with_priority": (frame(h2.HEADERS, 0x25, 1, bytes(5) + b"\x88"), (), 0),
    "headers_padded_with_priority": (frame(h2.HEADERS, 0x2d, 1, b"\x02" + bytes(5) + b"\x88\0\0"), (), 0),
    "block_in_pieces": (head(1, flags=0) + frame(h2.CONTINUATION) [:8] + b"\x01" + frame(h2.CONTINUATION, 4, 1,
                        h2.block(("a", "b"))) + data(1, b"hello"), (), 5),
    "block_of_two_frames_cut_anywhere": (frame(h2.HEADERS, 0, 1, b"") + frame(h2.CONTINUATION, 0, 1, b"\x88\x00\x01")
                                         + frame(h2.CONTINUATION, 4, 1, b"a\x01b") + data(1, b"hello"), (), 5),
    "block_ends_the_stream_in_pieces": (frame(h2.HEADERS, 1, 1, b"\x88") + frame(h2.CONTINUATION, 4, 1), (), 0),
    "block_that_is_huffman": (frame(h2.HEADERS, 4, 1, b"\x88\x00\x01a\x82\x1c\x64") + data(1, b"hello"), (), 5),
    "table_emptied": (frame(h2.HEADERS, 4, 1, b"\x20" + h2.integer(4096, 5, 0x20) + b"\x88") + data(1, b"hello"), (),
                      5),
    "interim_responses": (head(1, status=100) + head(1, ("link", "x"), status=103) + response(1), (), 5),
    "trailers": (head(1, ("trailer", "a")) + data(1, b"hello", False) + head(1, ("a", "b"), status=None, end=True),
                 (), 5),
    "trailers_alone": (head(1) + head(1, ("a", "b"), status=None, end=True), (), 0),
    "length_twice_the_same": (response(1, b"hello", ("content-length", "5"), ("content-length", "5")), (), 5),
    "length_0": (head(1, ("content-length", "0"), end=True), (), 0),
    "head_with_a_length": (head(1, ("content-length", "500"), end=True), ("-m", "HEAD"), 0),
    "head_ended_by_data": (head(1, ("content-length", "500")) + data(1), ("-m", "HEAD"), 0),
    "ping": (frame(h2.PING, 0, 0, b"12345678") + response(1), (), 5),
    "ping_ack_nobody_asked_for": (frame(h2.PING, 1, 0, bytes(8)) + response(1), (), 5),
    "priority": (frame(h2.PRIORITY, 0, 1, bytes(5)) + frame(h2.PRIORITY, 0, 99, bytes(5)) + response(1), (), 5),
    "settings_unknown": (settings((0x4242, 7), (6, 1), (8, 1)) + response(1), (), 5),
    "settings_empty": (settings() + response(1), (), 5),
    "rst_stream_behind_the_end": (response(1) + reset(1, h2.NO_ERROR), (), 5),
    "window_update_behind_the_end": (response(1) + window_update(1, 5), (), 5),
    "window_to_its_limit": (window_update(0, BIG - 65535) + window_update(1, BIG - 65535) + response(1), (), 5),
    "goaway_for_later": (goaway(BIG) + response(1), (), 5),
    "goaway_with_words": (goaway(1, 0, b"see you") + response(1), (), 5),
    "status_599": (head(1, status=599, end=True), (), 0),
}


def sends(bytes_):
    """A conversation in which the server answers the first request with `bytes_`."""
    def talk(client):
        client.greet()
        client.request()
        client.send(bytes_)
        client.drain()
    return talk


class Http2(Case):
    def http2(self, *arguments, **more):
        return self.bench("--http2", *arguments, "-t", "5s", **more)

    def said(self, report, words):
        self.assertIn(words, json.dumps(report["error_examples"], ensure_ascii=False).replace('\\"', '"'))

    def talk(self, first, later=None, *pairs):
        """A peer whose first connection runs first(client). The others run `later`, or answer every request."""
        clients = []
        ended = threading.Event()

        def script(conversation):
            client = Client(conversation)
            clients.append(client)
            if conversation.number == 1:
                try:
                    first(client)
                finally:
                    ended.set()
            elif later:
                later(client, ended)
            elif client.greet(*pairs):
                while (stream := client.request()) is not None:
                    client.send(response(stream))
        peer = self.peer(script)
        peer.clients = clients
        return peer


class Breaches(Http2):
    def breaks(self, first, code, words):
        """The first of two connections fails and receives the reason; the other is not affected."""
        def later(client, ended):
            client.greet()
            while (stream := client.request()) is not None:
                ended.wait(LIMIT)
                client.send(response(stream))
        peer = self.talk(first, later)
        report = self.http2("-n", "2", "-c", "2", peer.url)
        self.assertEqual(report["errors"]["protocol"], 1, report["errors"])
        self.assertEqual(report["status_codes"], {"200": 1})
        self.said(report, words)
        wait_for(lambda: not peer.open, "all connections are closed")
        self.assertEqual([client.codes(h2.GOAWAY) for client in peer.clients if client.conversation.number == 1],
                         [[code]])
        self.assertEqual(peer.failures, [])

    def test_connection_errors(self):
        for name, (bytes_, code, words) in CONNECTION.items():
            with self.subTest(name):
                self.breaks(sends(bytes_), code, words)

    def test_one_byte_at_a_time(self):
        for name in ("continuation_flood", "block_cut", "data_padding_over_payload", "enable_push_1"):
            bytes_, code, words = CONNECTION[name]
            with self.subTest(name):
                def first(client, bytes_=bytes_):
                    client.greet()
                    client.request()
                    client.conversation.trickle(bytes_)
                    client.drain()
                self.breaks(first, code, words)

    def test_first_bytes(self):
        for name, (bytes_, words) in FIRST.items():
            with self.subTest(name):
                def first(client, bytes_=bytes_):
                    client.request() if client.take(24) else None
                    client.send(bytes_)
                    client.drain()
                self.breaks(first, h2.PROTOCOL_ERROR, words)

    def test_errors_after_a_response(self):
        for name, (bytes_, code, words) in BEHIND_THE_END.items():
            with self.subTest(name):
                def first(client, bytes_=bytes_):
                    client.greet()
                    client.request()
                    client.send(response(1))
                    client.request()
                    client.send(bytes_)
                    client.drain()
                peer = self.talk(first)
                report = self.http2("-n", "3", "-c", "1", peer.url)
                self.assertEqual((report["errors"]["protocol"], report["status_codes"]), (1, {"200": 2}))
                self.said(report, words)
                wait_for(lambda: not peer.open, "all connections are closed")
                self.assertEqual(peer.clients[0].codes(h2.GOAWAY), [code])

    def test_stream_errors(self):
        for name, (bytes_, code, words) in STREAM.items():
            with self.subTest(name):
                def first(client, bytes_=bytes_):
                    client.greet()
                    client.request()
                    client.request()
                    client.send(bytes_)
                    client.next(h2.RST_STREAM)
                    client.send(response(3))
                    client.drain()
                peer = self.talk(first)
                report = self.http2("-n", "2", "-c", "1", "--streams", "2", peer.url)
                self.assertEqual((report["errors"]["protocol"], report["status_codes"]), (1, {"200": 1}))
                self.said(report, words)
                wait_for(lambda: not peer.open, "all connections are closed")
                self.assertEqual(peer.connections, 1)
                self.assertEqual((peer.clients[0].codes(h2.RST_STREAM), peer.clients[0].codes(h2.GOAWAY)), ([code], []))
                self.assertEqual(peer.failures, [])

    def test_data_for_head(self):
        peer = self.peer(h2.answers())
        report = self.http2("-n", "2", "-c", "1", "-m", "HEAD", peer.url, status=1)
        self.assertEqual(report["errors"]["protocol"], 2)
        self.said(report, "that has no body")

    def test_stream_window_exceeded(self):
        peer = self.peer(h2.answers(lambda stream: head(stream) + data(stream, bytes(1001), False)))
        report = self.http2("-n", "1", "-c", "1", "--h2-window", "1000", peer.url, status=1)
        self.said(report, "the window of the stream allows")

    def test_connection_window_exceeded(self):
        # Eight streams, each within its own window.
        def first(client):
            client.greet()
            for _ in range(8):
                client.request()
            client.send(b"".join(head(stream) for stream in range(1, 16, 2)))
            for _ in range(2):
                client.send(b"".join(data(stream, bytes(16000), False) for stream in range(1, 16, 2)))
            client.drain()
        peer = self.talk(first)
        # vastar refills the window of the connection as bytes arrive, so the server never exceeds it.
        report = self.http2("-n", "8", "-c", "1", "--streams", "8", "--h2-window", "65535", "-t", "300ms", peer.url,
                            status=1)
        self.assertEqual(report["summary"]["errors"], 8)

    def test_settings_flood(self):
        # The peer does not read the replies: they fill the sockets' buffers, then the client's.
        def first(client):
            client.greet()
            client.request()
            for _ in range(400):
                client.send(1000 * frame(h2.PING, 0, 0, bytes(8)))
        peer = self.talk(first)
        report = self.http2("-n", "2", "-c", "2", peer.url)
        self.assertEqual(report["summary"]["requests"], 2)


class Allowed(Http2):
    def test_allowed(self):
        for name, (bytes_, options, size) in ALLOWED.items():
            with self.subTest(name):
                peer = self.talk(sends(bytes_))
                report = self.http2("-n", "1", "-c", "1", *options, peer.url, limit=20)
                self.assert_all(report, 1, 599 if name == "status_599" else 200)
                self.assertEqual(report["summary"]["bytes"], size)
                wait_for(lambda: not peer.open, "all connections are closed")
                self.assertEqual(peer.failures, [])

    def test_cut_anywhere(self):
        for name in ("block_of_two_frames_cut_anywhere", "interim_responses", "trailers", "data_padded"):
            with self.subTest(name):
                def first(client, bytes_=ALLOWED[name][0]):
                    client.greet()
                    client.request()
                    client.conversation.trickle(bytes_)
                    client.drain()
                self.assert_all(self.http2("-n", "1", "-c", "1", self.talk(first).url), 1)

    def test_ping_is_answered(self):
        answers = []

        def first(client):
            client.greet()
            stream = client.request()
            client.send(frame(h2.PING, 0, 0, b"12345678"))
            answers.append(client.next(h2.PING)[1:])
            client.send(response(stream))
        self.assert_all(self.http2("-n", "1", "-c", "1", self.talk(first).url), 1)
        self.assertEqual(answers, [(h2.ACK, 0, b"12345678")])

    def test_settings_are_acknowledged(self):
        got = []

        def first(client):
            client.greet((h2.MAX_CONCURRENT_STREAMS, 7))
            stream = client.request()
            while not any(kind == h2.SETTINGS and flags & h2.ACK for kind, flags, _, _ in client.seen):
                client.frame()
            got.append(client.seen[0])
            client.send(response(stream))
        report = self.http2("-n", "1", "-c", "1", self.talk(first).url)
        self.assert_all(report, 1)
        self.assertEqual(report["http2"]["streams_max"], 7)
        kind, _, _, payload = got[0]  # the client's own SETTINGS come first, with push off
        self.assertEqual(kind, h2.SETTINGS)
        self.assertIn(struct.pack(">HI", h2.ENABLE_PUSH, 0), payload)

    def test_repeated_blocks(self):
        """A cached block must not outlive the entries it refers to: 62 is another field after each insertion."""
        def first(client):
            client.greet()
            for number in range(12):
                stream = client.request()
                if number % 3 == 0:  # insert: from now on 62 is :status 20X
                    client.send(frame(h2.HEADERS, 5, stream, h2.block((":status", f"20{number // 3}"), indexing=True)))
                else:
                    client.send(frame(h2.HEADERS, 5, stream, b"\xbe"))
            client.drain()
        report = self.http2("-n", "12", "-c", "1", self.talk(first).url)
        self.assertEqual(report["status_codes"], {"200": 3, "201": 3, "202": 3, "203": 3})

    def test_block_with_an_absurdly_long_integer(self):
        """The block changes the table, even if a decoder that stops early would not see that."""
        # "accept-encoding: @", whose index 16 takes one byte more than necessary; then "x: y" enters the table. The rest
        # would mislead a decoder that reads the fifth byte of the index as the length of the value.
        tricky = b"\x88\x0f\x81\x80\x80\x80\x00\x01\x40" + b"\x40\x01x\x01y" + 59 * b"\x90"

        def first(client):
            client.greet()
            for number in range(4):
                stream = client.request()
                # The third block needs both entries.
                client.send(frame(h2.HEADERS, 5, stream, b"\x88\xbf" if number == 2 else tricky))
            client.drain()
        self.assert_all(self.http2("-n", "4", "-c", "1", self.talk(first).url), 4)


class Streams(Http2):
    def test_goaway_in_mid_run(self):
        """Each connection serves 7 requests. No request is lost, not even those in flight."""
        served = []

        def script(conversation):
            client = Client(conversation)
            client.greet()
            for number in range(7):
                stream = client.request()
                if stream is None:
                    return
                client.send(response(stream))
                served.append(stream)
            client.send(goaway(13))
            client.drain()
        report = self.http2("-n", "100", "-c", "2", "--streams", "3", self.peer(script).url)
        self.assert_all(report, 100)
        self.assertEqual(len(served), 100)
        self.assertGreater(report["http2"]["goaways"], 10)
        self.assertEqual(report["http2"]["goaway_codes"], {"NO_ERROR": report["http2"]["goaways"]})

    def test_goaway_lets_earlier_streams_finish(self):
        def first(client):
            client.greet()
            for _ in range(4):
                client.request()
            client.send(goaway(3) + response(3) + response(1))
            client.drain()
        peer = self.talk(first)
        report = self.http2("-n", "4", "-c", "1", "--streams", "4", peer.url)
        self.assert_all(report, 4)
        self.assertEqual((report["summary"]["retried"], peer.connections), (2, 2))

    def goaway_with_open_streams(self, *arguments):
        """The first connection answers its last streams only after others were answered on the second one."""
        first_has_4, last_2_open, second_served = threading.Event(), threading.Event(), threading.Event()
        most = []

        def first(client):
            client.greet()
            streams = [client.request() for _ in range(4)]
            first_has_4.set()
            client.send(goaway(7) + response(streams[0]) + response(streams[1]))
            last_2_open.set()
            self.assertTrue(second_served.wait(LIMIT))
            client.send(response(streams[2]) + response(streams[3]))
            self.assertIsNone(client.request())

        def second(client, _):
            client.greet()
            self.assertTrue(last_2_open.wait(LIMIT))
            for _ in range(10):
                pair = [client.request(), client.request()]
                client.send(frame(h2.PING, 0, 0, bytes(8)))  # what is open when it is answered?
                before = len(client.seen)
                client.next(h2.PING)
                most.append(2 + len([seen for seen in client.seen[before:] if seen[0] == h2.HEADERS]))
                client.send(b"".join(map(response, pair)))
            second_served.set()
            while (stream := client.request()) is not None:
                client.send(response(stream))

        peer = self.talk(first, second)
        report = self.http2(*arguments, "-c", "1", "--streams", "4", peer.url)
        self.assertEqual(report["summary"]["errors"], 0, report["error_examples"])
        self.assertEqual((report["summary"]["retried"], peer.connections), (0, 2))
        self.assertEqual(set(most), {2})
        return report

    def test_goaway_and_no_gap(self):
        """A new connection takes over while the old one finishes. Both together have four streams, not more."""
        self.assert_all(self.goaway_with_open_streams("-n", "60"), 60)

    def test_goaway_and_no_gap_in_an_open_loop(self):
        self.goaway_with_open_streams("--rate", "500", "-z", "500ms")

    def test_goaway_at_once_and_again(self):
        def script(conversation):
            client = Client(conversation)
            client.greet()
            client.send(goaway(0, h2.ENHANCE_YOUR_CALM))
            client.drain()
        report = self.http2("-n", "3", "-c", "1", self.peer(script).url, status=1)
        self.assertEqual(report["summary"]["errors"], 3)
        self.said(report, "refused the request 10 times")
        self.assertEqual(list(report["http2"]["goaway_codes"]), ["ENHANCE_YOUR_CALM"])

    def test_refused_stream_is_sent_again(self):
        def first(client):
            client.greet()
            for number in range(20):
                stream = client.request()
                client.send(reset(stream, h2.REFUSED_STREAM) if number % 2 else response(stream))
            while (stream := client.request()) is not None:
                client.send(response(stream))
        report = self.http2("-n", "30", "-c", "1", "--streams", "4", self.talk(first).url)
        self.assert_all(report, 30)
        self.assertEqual(report["summary"]["retried"], 10)
        self.assertEqual(report["http2"]["resets"], {"REFUSED_STREAM": 10})

    def test_refused_every_time(self):
        report = self.http2("-n", "2", "-c", "1", self.peer(h2.answers(lambda s: reset(s, h2.REFUSED_STREAM))).url,
                            status=1)
        self.assertEqual(report["errors"]["reset"], 2)
        self.said(report, "refused the request 10 times")

    def test_reset_codes_by_name(self):
        codes = {h2.INTERNAL_ERROR: "INTERNAL_ERROR", h2.CANCEL: "CANCEL", h2.ENHANCE_YOUR_CALM: "ENHANCE_YOUR_CALM",
                 h2.NO_ERROR: "NO_ERROR", 13: "HTTP_1_1_REQUIRED", 4711: "unknown"}
        for code, name in codes.items():
            with self.subTest(name):
                def first(client, code=code):
                    client.greet()
                    client.request()
                    client.request()
                    client.send(head(1) + data(1, b"x", False) + reset(1, code) + response(3))
                    client.drain()
                peer = self.talk(first)
                report = self.http2("-n", "2", "-c", "1", "--streams", "2", peer.url)
                self.assertEqual((report["errors"]["reset"], report["status_codes"]), (1, {"200": 1}))
                self.said(report, f"the server reset the stream: {name}")
                self.assertEqual(list(report["http2"]["resets"].values()), [1])
                self.assertEqual(peer.connections, 1)

    def test_limit_of_streams(self):
        """The limit rises and falls. From the acknowledgement on, the client never opens more streams than it allows."""
        worst = []

        def first(client):
            client.greet((h2.MAX_CONCURRENT_STREAMS, 4))
            changes, told, acks, served, open_ = [(60, 9), (120, 2), (200, 6)], [4], 0, 0, []

            def take():
                kind, flags, stream, _ = client.frame() or (None,) * 4
                if kind == h2.HEADERS:
                    open_.append(stream)
                    # Holds from an acknowledgement on; streams opened before the limit fell may stay.
                    if acks == len(told) and len(open_) > told[-1]:
                        worst.append((len(open_), told[-1]))
                return kind is not None, kind == h2.SETTINGS and flags & h2.ACK
            while True:
                while acks < len(told) or not open_:
                    more, ack = take()
                    if not more:
                        return
                    acks += ack
                # What arrives before the PING is all that the client opens while no response comes.
                client.send(frame(h2.PING, 0, 0, bytes(8)))
                while client.seen[-1][0] != h2.PING:
                    if not take()[0]:
                        return
                while open_:
                    client.send(response(open_.pop()))
                    served += 1
                if changes and served >= changes[0][0]:
                    told.append(changes.pop(0)[1])
                    client.send(settings((h2.MAX_CONCURRENT_STREAMS, told[-1])))
                    # Streams that the client opened before it received the new limit.
                    while not take()[1]:
                        pass
                    acks += 1
        report = self.http2("-n", "300", "-c", "1", "--streams", "16", self.talk(first).url)
        self.assert_all(report, 300)
        self.assertEqual(worst, [])
        self.assertEqual(report["http2"]["streams_max"], 6)

    def test_no_streams_allowed(self):
        def script(conversation):
            client = Client(conversation)
            client.greet((h2.MAX_CONCURRENT_STREAMS, 0))
            while (stream := client.request()) is not None:
                client.send(reset(stream, h2.REFUSED_STREAM))
        report = self.bench("--http2", "-n", "2", "-c", "1", "-t", "1s", self.peer(script).url, status=1)
        self.assertEqual(report["errors"]["timeout"], 2)
        self.said(report, "waiting for a stream, the server allows none")

    def test_no_streams_for_a_while(self):
        """The limit falls to 0 in mid-run: the connection waits, and goes on when it is raised."""
        for options in (("-n", "9"), ("-n", "9", "--rate", "200")):
            opened = []

            def first(client):
                client.greet((h2.MAX_CONCURRENT_STREAMS, 1))
                client.send(settings((h2.MAX_CONCURRENT_STREAMS, 0)) + response(client.request()))
                client.send(frame(h2.PING, 0, 0, bytes(8)))
                while (got := client.frame())[0] != h2.PING:  # everything before it has been read
                    if got[0] == h2.HEADERS:  # sent before the limit was known
                        client.send(response(got[2]))
                client.conversation.sock.settimeout(0.2)
                try:
                    while client.frame():
                        opened.append(client.seen[-1][0])
                except TimeoutError:
                    pass
                client.conversation.sock.settimeout(None)
                client.send(settings((h2.MAX_CONCURRENT_STREAMS, 2)))
                while (stream := client.request()) is not None:
                    client.send(response(stream))
            peer = self.talk(first)
            report = self.http2(*options, "-c", "1", "--streams", "2", peer.url)
            self.assert_all(report, 9)
            self.assertEqual((peer.connections, report["summary"]["retried"]), (1, 0))
            self.assertNotIn(h2.HEADERS, opened)

    def test_goaway_while_sending(self):
        """The server reads nothing more before its GOAWAY: the send is still under way when that comes."""
        body = os.path.join(self.folder(), "body")
        with open(body, "wb") as file:
            file.write(bytes(8_000_000))

        def first(client):
            client.greet((h2.INITIAL_WINDOW_SIZE, BIG))
            client.send(window_update(0, BIG - 65535))
            client.request()
            client.send(goaway(0))
            client.drain()

        def later(client, ended):
            client.greet((h2.INITIAL_WINDOW_SIZE, BIG))
            client.send(window_update(0, BIG - 65535))
            while (got := client.frame()) is not None:
                if got[0] in (h2.HEADERS, h2.DATA) and got[1] & 1:
                    client.send(response(got[2]))
        peer = self.talk(first, later)
        report = self.http2("-n", "3", "-c", "1", "--streams", "2", "-m", "POST", "-D", body, peer.url)
        self.assert_all(report, 3)
        self.assertEqual((peer.connections, report["http2"]["goaways"]), (2, 1))
        self.assertGreaterEqual(report["summary"]["retried"], 1)

    def test_at_most_100_before_the_settings(self):
        counts = []

        def first(client):
            client.take(24)
            before = 0
            while before < 100:
                before += client.frame()[0] == h2.HEADERS
            client.conversation.sock.settimeout(0.1)
            try:
                while client.frame():
                    before += client.seen[-1][0] == h2.HEADERS
            except TimeoutError:
                pass
            client.conversation.sock.settimeout(None)
            counts.append(before)
            client.send(settings())
            for stream in range(1, 2 * before, 2):
                client.send(response(stream))
            while (stream := client.request()) is not None:
                client.send(response(stream))
        self.assert_all(self.http2("-n", "500", "-c", "1", "--streams", "200", self.talk(first).url), 500)
        self.assertEqual(counts, [100])

    def test_close_in_mid_stream(self):
        """A request is not repeated once its response has begun."""
        def first(client):
            client.greet()
            client.request()
            client.send(head(1) + data(1, b"hel", False))
        peer = self.talk(first)
        report = self.http2("-n", "2", "-c", "1", peer.url)
        self.assertEqual((report["errors"]["reset"], report["status_codes"]), (1, {"200": 1}))
        self.said(report, "the server closed the connection")

    def test_close_of_a_reused_connection(self):
        """A request that crosses with the close is sent again, once."""
        def first(client):
            client.greet()
            client.send(response(client.request()))
            client.request()
        peer = self.talk(first)
        report = self.http2("-n", "5", "-c", "1", peer.url)
        self.assert_all(report, 5)
        self.assertEqual(report["summary"]["retried"], 1)

    def test_post_is_not_repeated(self):
        def first(client):
            client.greet()
            client.send(response(client.request()))
            client.request()
        report = self.http2("-n", "5", "-c", "1", "-m", "POST", "-d", "x", self.talk(first).url)
        self.assertEqual((report["errors"]["reset"], report["status_codes"]), (1, {"200": 4}))

    def test_close_before_the_settings(self):
        def script(conversation):
            Client(conversation).take(10)
        report = self.http2("-n", "2", "-c", "1", self.peer(script).url, status=1)
        self.said(report, "does this port speak HTTP/2?")

    def test_goaway_while_idle(self):
        """An open loop at a low rate: the server sends GOAWAY between two requests."""
        def script(conversation):
            client = Client(conversation)
            client.greet()
            if (stream := client.request()) is not None:
                client.send(response(stream) + goaway(stream))
            client.drain()
        peer = self.peer(script)
        report = self.http2("--rate", "50", "-n", "20", "-c", "1", peer.url)
        self.assert_all(report, 20)
        self.assertLess(peer.connections, 25)

    def test_silent_server(self):
        def first(client):
            client.greet()
            client.drain()
        report = self.bench("--http2", "-n", "4", "-c", "2", "-t", "300ms", self.talk(first).url)
        self.assertGreaterEqual(report["errors"]["timeout"], 1)
        self.assertEqual(report["summary"]["requests"], 4)
        self.said(report, "no complete response within 0.3 s: waiting for its first byte")

    def test_timeout_in_a_body(self):
        def first(client):
            client.greet()
            stream = client.request()
            client.send(head(stream) + data(stream, b"x" * 20, False))
            client.drain()
        report = self.bench("--http2", "-n", "1", "-c", "1", "-t", "300ms", self.talk(first).url, status=1)
        self.said(report, "no complete response within 0.3 s: in its body, after 20 bytes")

    def test_one_unanswered_stream(self):
        """Only this stream times out, and a late response for it is no error."""
        def first(client):
            client.greet()
            dead = client.request()
            while (got := client.next(h2.HEADERS, h2.RST_STREAM)) is not None:
                client.send(response(got[2]))
                if got[0] == h2.RST_STREAM:
                    assert got[2] == dead
                time.sleep(0.002)
        peer = self.talk(first)
        report = self.bench("--http2", "-z", "2.5s", "-c", "1", "--streams", "2", "-t", "1s", peer.url)
        self.assertEqual(report["errors"], {**dict.fromkeys(report["errors"], 0), "timeout": 1})
        self.assertEqual((peer.connections, peer.failures), (1, []))

    def test_silent_connection_is_replaced(self):
        """Streams that time out one after another must not keep a silent connection in use."""
        def first(client):
            client.greet()
            for number in range(40):
                if (stream := client.request()) is None:
                    return
                client.send(response(stream))
                time.sleep(0.01)
            client.drain()
        peer = self.talk(first)
        report = self.bench("--http2", "-z", "2s", "-c", "1", "--streams", "4", "-t", "200ms", peer.url)
        # On a busy machine the connection after it can seem silent too. One that is kept has a timeout for each stream.
        self.assertGreaterEqual(peer.connections, 2)
        self.assertLess(report["errors"]["timeout"], 12 * (peer.connections - 1))


class Uploads(Http2):
    def receive(self, client, window, uploads, initial=65535):
        """Reads requests with bodies. Opens each window by `window` bytes when it is used up."""
        left, connection, sizes = {}, 65535, {}
        while (got := client.next(h2.HEADERS, h2.DATA, h2.RST_STREAM)) is not None:
            kind, flags, stream, payload = got
            if kind == h2.HEADERS:
                left[stream], sizes[stream] = initial, 0
            if kind == h2.DATA:
                sizes[stream] += len(payload)
                left[stream] -= len(payload)
                connection -= len(payload)
                assert left[stream] >= 0 and connection >= 0, "the client sends more than the windows allow"
                more = b""
                if not connection:
                    connection = window
                    more += window_update(0, window)
                if not left[stream] and not flags & 1:
                    left[stream] = window
                    more += window_update(stream, window)
                if more:
                    client.send(more)
            if flags & 1 and kind != h2.RST_STREAM:
                uploads.append(sizes[stream])
                client.send(response(stream))

    def test_sizes(self):
        for size, window in ((0, 1000), (1, 1000), (1000, 1), (65535, 1000), (65536, 100), (100_000, 7000),
                             (3_000_000, 100_000)):
            with self.subTest(f"{size} bytes, window {window}"):
                folder, uploads = self.folder(), []
                with open(f"{folder}/body", "wb") as file:
                    file.write(bytes(size))

                def first(client, window=window, uploads=uploads):
                    client.greet()
                    self.receive(client, window, uploads)
                peer = self.talk(first)
                report = self.http2("-n", "6", "-c", "1", "--streams", "3", "-m", "POST", "-D", f"{folder}/body",
                                    peer.url)
                self.assert_all(report, 6)
                self.assertEqual(uploads, 6 * [size])
                self.assertEqual(peer.failures, [])

    def test_window_of_streams_changes(self):
        """The window grows, then falls below what was sent: the client must wait until it is positive again."""
        uploads = []

        def first(client):
            client.greet((h2.INITIAL_WINDOW_SIZE, 10))
            stream = client.request()
            # The first request may be sent before the SETTINGS arrive.
            client.next(h2.DATA)
            while not any(kind == h2.SETTINGS and flags & h2.ACK for kind, flags, _, _ in client.seen):
                client.frame()
            client.send(response(stream))
            stream = client.request()
            got = 0
            while got < 10:
                got += len(client.next(h2.DATA)[3])
            client.send(settings((h2.INITIAL_WINDOW_SIZE, 4)))  # the window is -6 now
            client.send(window_update(stream, 5) + frame(h2.PING, 0, 0, bytes(8)))
            while client.frame()[0] != h2.PING:
                assert client.seen[-1][0] != h2.DATA, "DATA with a window below 0"
            client.send(window_update(stream, 2))
            got += len(client.next(h2.DATA)[3])
            assert got == 11, got
            client.send(settings((h2.INITIAL_WINDOW_SIZE, 1000)))
            while True:
                kind, flags, _, payload = client.next(h2.DATA)
                got += len(payload)
                if flags & 1:
                    break
            uploads.append(got)
            client.send(response(stream))
            client.drain()
        peer = self.talk(first)
        report = self.http2("-n", "2", "-c", "1", "-m", "POST", "-d", 50 * "x", peer.url)
        self.assert_all(report, 2)
        self.assertEqual((uploads, peer.failures), ([50], []))

    def test_window_that_never_opens(self):
        peer = self.peer(h2.answers(lambda stream: b"", (h2.INITIAL_WINDOW_SIZE, 0)))
        report = self.bench("--http2", "-n", "1", "-c", "1", "-m", "POST", "-d", 100_000 * "x", "-t", "300ms", peer.url,
                            status=1)
        self.said(report, "the server's flow-control window stayed shut after 65535 of 100000 bytes of the body")
        self.assertGreater(report["http2"]["blocked_s"], 0.1)

    def test_early_answer(self):
        """The response arrives before the whole body is sent: the client does not send the rest."""
        folder, resets = self.folder(), []
        with open(f"{folder}/body", "wb") as file:
            file.write(bytes(200_000))

        def first(client):
            client.greet()
            while (got := client.next(h2.HEADERS, h2.RST_STREAM)) is not None:
                if got[0] == h2.HEADERS:
                    client.send(response(got[2], b"no", status=413))
                else:
                    resets.append(got[2])
        peer = self.talk(first)
        report = self.http2("-n", "3", "-c", "1", "-m", "POST", "-D", f"{folder}/body", peer.url)
        self.assertEqual(report["status_codes"], {"413": 3})
        self.assertEqual((resets[:2], peer.connections), ([1, 3], 1))  # the run ends with the third response


class Fields(Http2):
    """The client's header blocks, decoded by python3-hpack."""

    def fields(self, pairs=(), later=(), count=4, options=()):
        try:
            import hpack
        except ImportError:
            self.skipTest("python3-hpack is not installed")
        requests, failures = [], []

        def first(client):
            decoder = hpack.Decoder()
            client.greet(*pairs)
            try:
                for number in range(count):
                    got = client.next(h2.HEADERS)
                    block, flags = got[3], got[1]
                    while not flags & h2.END_HEADERS:
                        _, flags, _, more = client.frame()
                        block += more
                    requests.append(decoder.decode(block))
                    if number == 1 and later:
                        # Blocks after the client's acknowledgement must fit.
                        client.send(settings(*later))
                        acks = sum(kind == h2.SETTINGS and flags & 1 for kind, flags, _, _ in client.seen)
                        while sum(kind == h2.SETTINGS and flags & 1 for kind, flags, _, _ in client.seen) == acks:
                            client.frame()
                        for name, value in later:
                            if name == h2.HEADER_TABLE_SIZE:
                                decoder.max_allowed_table_size = value
                    client.send(response(got[2]))
            except Exception as error:
                failures.append(repr(error))
                raise
            client.drain()
        report = self.http2("-n", str(count), "-c", "1", *options, self.talk(first).url)
        self.assertEqual(failures, [])
        self.assert_all(report, count)
        for request in requests[1:]:
            self.assertEqual(request, requests[0])
        return [(str(name), str(value)) for name, value in requests[0]]

    def test_every_request_has_the_same_fields(self):
        fields = self.fields(options=("-H", "X-Mixed: Some Value", "-H", "cookie: a=b"))
        names = [name for name, _ in fields]
        self.assertEqual(names[:4], [":method", ":scheme", ":authority", ":path"])
        self.assertIn(("x-mixed", "Some Value"), fields)
        self.assertNotIn("host", names)
        self.assertNotIn("connection", names)

    def test_table_of_0(self):
        self.fields(pairs=((h2.HEADER_TABLE_SIZE, 0),))

    def test_table_shrinks_to_0(self):
        self.fields(later=((h2.HEADER_TABLE_SIZE, 0),))

    def test_table_shrinks_to_64(self):
        self.fields(later=((h2.HEADER_TABLE_SIZE, 64),))

    def test_table_shrinks_and_grows(self):
        self.fields(later=((h2.HEADER_TABLE_SIZE, 0), (h2.HEADER_TABLE_SIZE, 4096)))

    def test_table_grows(self):
        self.fields(pairs=((h2.HEADER_TABLE_SIZE, 65536),))

    def test_request_of_many_frames(self):
        fields = self.fields(options=[part for number in range(3)
                                      for part in ("-H", f"x-long-{number}: {8000 * chr(97 + number)}")])
        self.assertEqual(len(dict(fields)["x-long-2"]), 8000)


class Counts(Http2):
    def test_n_is_exact(self):
        """With refusals, GOAWAYs and lost connections at once, the run still counts exactly n responses."""
        def script(conversation):
            client = Client(conversation)
            client.greet((h2.MAX_CONCURRENT_STREAMS, 5))
            number = 0
            while (stream := client.request()) is not None:
                number += 1
                if number % 5 == 0:
                    client.send(reset(stream, h2.REFUSED_STREAM))
                else:
                    client.send(response(stream))
                if number == 23:
                    client.send(goaway(stream))
                    client.drain()
        for options in (("-n", "301", "-c", "3", "--streams", "7"), ("-n", "200", "--rate", "4000", "-c", "2",
                        "--streams", "3")):
            report = self.http2(*options, self.peer(script).url)
            self.assert_all(report, int(options[1]))

    def test_connection_rate(self):
        report = self.bench("--http2", "-q", "50", "-n", "10", "-c", "1", self.peer(h2.answers()).url)
        self.assert_all(report, 10)
        self.assertGreater(report["summary"]["total_s"], 0.15)

    def test_keepalive_off(self):
        peer = self.peer(h2.answers())
        self.assert_all(self.http2("-n", "6", "-c", "1", "--disable-keepalive", peer.url), 6)
        self.assertEqual(peer.connections, 6)


if __name__ == "__main__":
    main()
