#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""A transport with a handshake (transport_xor.c): failures before it is ready, and long requests."""
import os
import socket

from harness import XOR, Case, answers, main, message


class Handshake(Case):
    def fails(self, script, kind, example, *arguments):
        report = self.bench("-n", 4, "-c", 2, *arguments, self.peer(script, begins=False).url, status=1)
        self.assertEqual(report["errors"], {**dict.fromkeys(report["errors"], 0), kind: 4})
        self.assertEqual(report["summary"]["connections_open"], 0)
        self.assertIn(example, report["error_examples"][0])

    def test_unwelcome(self):
        def script(conversation):
            conversation.sock.recv(100)
            conversation.sock.sendall(b"go away\n")
            conversation.wait_closed()
        self.fails(script, "tls", "the peer did not welcome the connection")

    def test_unwelcome_in_the_second_round(self):
        def script(conversation):
            conversation.sock.recv(100)
            conversation.sock.sendall(b"welcome 1\nwelcome?\n")
            conversation.wait_closed()
        self.fails(script, "tls", "the peer did not welcome the connection")

    def test_closed_before_it_is_ready(self):
        def script(conversation):
            conversation.sock.recv(100)
            conversation.sock.sendall(b"welcome 1\nwel")
        self.fails(script, "connect", "reset by peer")

    def test_reset_before_it_is_ready(self):
        self.fails(lambda conversation: conversation.reset(), "connect", "reset by peer")

    def test_never_ready(self):
        self.fails(lambda conversation: conversation.wait_closed(), "connect", "timed out in the handshake", "-t", "200ms")

    def test_welcome_byte_by_byte(self):
        def script(conversation):
            conversation.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for byte in b"welcome 1\nwelcome 2\n":
                conversation.sock.sendall(bytes([byte]))
            hello = b""
            while len(hello) < len(b"hello 1\nhello 2\n"):
                hello += conversation.sock.recv(len(b"hello 1\nhello 2\n") - len(hello))
            answers(message())(conversation)
        peer = self.peer(script, begins=False)
        self.assert_all(self.bench("-n", 20, "-c", 2, peer.url), 20)
        self.assertEqual(peer.connections, 2)

    def test_response_in_the_segment_of_the_handshake(self):
        """A response before any request is stray, like other bytes without a request."""
        def script(conversation):
            if conversation.number == 1:
                conversation.sock.recv(100)
                conversation.sock.sendall(b"welcome 1\nwelcome 2\n" + message().translate(XOR))
                conversation.wait_closed()
            elif conversation.begin():
                answers(message())(conversation)
        report = self.bench("-n", 20, "-c", 1, self.peer(script, begins=False).url)
        self.assertEqual((report["status_codes"], report["summary"]["stray"]), ({"200": 20}, 1))


class Requests(Case):
    def test_of_any_length(self):
        """The test compares each byte; the longest requests pass through the transport in pieces."""
        for length in (1, 65535, 65536, 3000000):
            body = bytes(97 + i % 26 for i in range(length))
            path = os.path.join(self.folder(), "body")
            with open(path, "wb") as file:
                file.write(body)
            peer = self.peer(answers(message()))
            report = self.bench("-n", 6, "-c", 2, "-m", "PUT", "-D", path, peer.url)
            self.assert_all(report, 6)
            self.assertEqual(report["client"]["oddities"]["short_send"], 0)
            self.assertEqual({request.partition(b"\r\n\r\n")[2] for request in peer.requests}, {body})


if __name__ == "__main__":
    main()
