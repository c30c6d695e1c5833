#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""HTTPS in rare cases: key updates, renegotiation, another curve than the client's first choice, long chains; and
against haproxy and caddy."""
import os
import re
import shutil
import socket
import ssl
import subprocess
import threading

import harness
import tls
from harness import LIMIT, answers, main, message, once, vastar, wait_for
from test_tls import TlsCase


class Operated:
    """`openssl s_server` with a simulated operator, who types `keys` and then the response at each request.

    It handles one connection at a time.
    """

    def __init__(self, certificate, key, keys, response, *options):
        self.keys, self.response, self.requests, self.said = keys, response, 0, b""
        self.port = harness.free_port()
        self.url = f"https://127.0.0.1:{self.port}"
        # Unbuffered, or its messages about keys would stay in its buffer.
        self.process = subprocess.Popen(["stdbuf", "-o0", "openssl", "s_server", "-accept", str(self.port), "-cert", certificate,
                                         "-key", key, *options],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.thread = threading.Thread(target=self._operate, daemon=True)
        self.thread.start()
        wait_for(lambda: b"ACCEPT" in self.said, "s_server listens")

    def _read_until(self, words, start):
        """The end of the words in the output, or None if s_server has ended."""
        while (at := self.said.find(words, start)) < 0:
            data = os.read(self.process.stdout.fileno(), 65536)
            if not data:
                return None
            self.said += data
        return at + len(words)

    def _type(self, data):
        self.process.stdin.write(data)
        self.process.stdin.flush()

    def _operate(self):
        at = self._read_until(b"ACCEPT", 0)
        while (at := self._read_until(b"\r\n\r\n", at)) is not None:
            for key in self.keys:
                self._type(key + b"\n")
                if (at := self._read_until(b"SSL_do_handshake -> ", at)) is None:
                    return
            self.requests += 1
            self._type(self.response)

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
        self.process.wait(LIMIT)
        self.thread.join(LIMIT)
        self.process.stdin.close()
        self.process.stdout.close()


class SServer(TlsCase):
    def operated(self, keys, response, *options):
        server = Operated(*self.ca.issue(), keys, response, *options)
        self.addCleanup(server.stop)
        return server

    def test_key_updates(self):
        """Before each response the server changes its key, and may request that the client does too (RFC 8446 section 4.6.3)."""
        for keys in (b"k",), (b"K",), (b"K", b"k", b"K"):
            with self.subTest(keys=keys):
                server = self.operated(keys, b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nHello\n", "-tls1_3")
                report = self.trusted("-n", 20, "-c", 1, server.url)
                self.assert_all(report, 20)
                self.assertEqual(report["tls"]["handshakes"], 1)
                self.assertEqual(server.requests, 20)

    def test_renegotiation(self):
        """vastar refuses, and s_server then ends the connection."""
        server = self.operated((b"r",), b"", "-tls1_2")
        report = self.fails(server.url, "--cacert", self.ca.file, why=r"the server gave up: it requested a renegotiation")
        self.assertEqual(report["summary"]["responses"], 0)


class Rare(TlsCase):
    def test_another_curve_than_the_first(self):
        """A HelloRetryRequest: one more round trip of the handshake (RFC 8446 section 4.1.4)."""
        server = self.nginx((self.ca.issue(), "ssl_ecdh_curve secp384r1;"))
        report = self.trusted("-n", 20, "-c", 4, server.urls[0])
        self.assert_all(report, 20)
        self.assertEqual((report["tls"]["curve"], report["tls"]["handshakes"]), ("secp384r1", 4))

    def test_nothing_in_common(self):
        server = self.nginx((self.ca.issue(), "ssl_protocols TLSv1.2; ssl_ciphers ECDHE-ECDSA-AES128-GCM-SHA256;"),
                            (self.ca.issue(), "ssl_ecdh_curve secp384r1;"))
        for url, option in zip(server.urls, (("--ciphers", "ECDHE-ECDSA-AES256-GCM-SHA384"), ("--curves", "X25519")), strict=True):
            self.fails(url, "--cacert", self.ca.file, *option, why="refused the handshake: no cipher, curve or version in common")

    def chain(self, count):
        """A context whose chain has `count` superfluous certificates."""
        pem, key = self.ca.issue("long", kind=tls.RSA)
        path = os.path.join(self.folder(), "chain.pem")
        with open(pem) as file:
            one = file.read()
        with open(path, "w") as file:
            file.write(one * (1 + count))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(path, key)
        return context

    def test_long_chains(self):
        """60 KiB are accepted, in many records; OpenSSL's limit is 100 KiB."""
        self.assert_all(self.trusted("-n", 8, "-c", 2, self.tls_peer(answers(message()), self.chain(90)).url), 8)
        self.fails(self.tls_peer(answers(message()), self.chain(250)).url, "--cacert", self.ca.file, why="excessive message size")

    def test_handshakes_in_pieces(self):
        """One segment for each byte of the server's messages."""
        def script(conversation):
            channel = tls.Channel(conversation.sock)
            conversation.channel = channel

            def flush():
                for byte in channel.outgoing.read():
                    conversation.sock.sendall(bytes((byte,)))
            channel.flush = flush
            if channel.shake_hands():
                answers(message())(conversation)
        peer = self.peer(script)
        for version in "1.2", "1.3":
            self.assert_all(self.trusted("-n", 6, "-c", 2, "--tls-min", version, "--tls-max", version, f"https://127.0.0.1:{peer.port}"), 6)

    def test_tickets_with_each_response(self):
        """Handshake records (tickets) in the same segment as the response, and after it."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*self.ca.issue())
        context.num_tickets = 10
        report = self.trusted("-n", 20, "-c", 2, "--disable-keepalive", self.tls_peer(once(message()), context).url)
        self.assert_all(report, 20)
        self.assertGreater(report["tls"]["resumed"], 10)

    def test_failure_after_ignored_certificate(self):
        """With -k the message is about the failure, not about the certificate."""
        stranger = tls.Authority("Another CA")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(stranger.file, stranger.key)

        def script(conversation):
            if conversation.request() is not None:
                conversation.channel.tls.write(message())
                data = bytearray(conversation.channel.outgoing.read())
                data[-1] ^= 1
                conversation.sock.sendall(data)
                conversation.wait_closed()
        peer = self.tls_peer(script, context)
        for version in "1.2", "1.3":
            self.fails(peer.url, "-k", "--tls-min", version, "--tls-max", version, why="a record was damaged in transit")

    def test_client_certificate_of_another_authority(self):
        stranger = tls.Authority("Another CA")
        pem, key = stranger.issue("client")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*self.ca.issue())
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(self.ca.file)
        for version in "1.2", "1.3":
            self.fails(self.tls_peer(answers(message()), context).url, "--cacert", self.ca.file, "--cert", pem, "--key", key,
                       "--tls-min", version, "--tls-max", version, why="refused the client certificate: it does not know its issuer")


class Names(TlsCase):
    def test_server_name_indication(self):
        """RFC 6066 section 3: never an address, and no trailing dot."""
        told = []
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*self.ca.issue())
        context.sni_callback = lambda _, name, __: told.append(name)
        peer = self.tls_peer(answers(message()), context)
        for host, option, name in (("127.0.0.1", (), None), ("localhost", (), "localhost"), 
                                   ("127.0.0.1", ("--servername", "localhost."), "localhost"),
                                   ("localhost", ("--servername", "127.0.0.1"), None)):
            with self.subTest(host=host, option=option):
                told.clear()
                self.assert_all(self.trusted("-n", 1, "-c", 1, *option, f"https://{host}:{peer.port}/"), 1)
                self.assertEqual(told, [name])

    def test_ipv6(self):
        def over_tls(conversation):
            conversation.channel = tls.Channel(conversation.sock)
            if conversation.channel.shake_hands():
                answers(message())(conversation)
        peer = self.peer(over_tls, family=socket.AF_INET6)
        report = self.trusted("-n", 10, "-c", 2, f"https://[::1]:{peer.port}/")
        self.assert_all(report, 10)
        self.assertTrue(report["tls"]["verified"])

    def test_sessions_are_kept_for_each_name(self):
        """Redirects alternate between two hosts: a session of one is not offered to the other."""
        sessions = {}

        def server(other):
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*self.ca.issue())

            def script(conversation):
                reused = conversation.channel.tls.session_reused
                sessions.setdefault(conversation.peer.port, []).append(reused)
                response = message(b"", "302 Found", f"Location: https://127.0.0.1:{other}/") if other else message()
                once(response)(conversation)
            return self.tls_peer(script, context)
        last = server(None)
        first = server(last.port)
        report = self.trusted("-n", 10, "-c", 1, "--disable-keepalive", first.url)
        self.assert_all(report, 10)
        for port in first.port, last.port:
            self.assertEqual(sessions[port][0], False)
            self.assertGreater(sum(sessions[port]), 5)
        self.assertEqual(report["tls"]["resumed"], sum(sum(reused) for reused in sessions.values()))


class Refused(TlsCase):
    def test_before_the_run(self):
        url = "https://127.0.0.1:1/"
        for options in (("--servername", "."), ("--servername", ".a.test"), ("--servername", "a" * 254), ("--servername", "a b"),
                        ("--servername", "\u00e9.test"), ("--capath", "/nowhere"), ("--capath", "/etc/passwd"),
                        *((option, "") for option in ("--servername", "--cacert", "--capath", "--cert", "--key", "--pass-file", "--ciphers",
                                                      "--tls13-ciphers", "--curves", "--key-log"))):
            run = vastar("-n", 1, "-c", 1, *options, url)
            self.assertEqual((run.status, run.out), (2, ""), run)
            self.assertRegex(run.err, rf"\Avastar: {options[0]}[: ][^\n]+\([^\n]+\)\n\Z")

    def test_empty_key_log_name_is_ignored(self):
        server = self.nginx(self.ca.issue())
        self.assert_all(self.trusted("-n", 2, "-c", 1, server.urls[0], env={"SSLKEYLOGFILE": ""}), 2)


class TlsHaproxy(harness.Server):
    """Terminates TLS in front of another server."""
    program = "haproxy"

    def __init__(self, pem, backend_port):
        self.pem, self.backend_port = pem, backend_port
        super().__init__()

    def command(self):
        config = self.write("haproxy.cfg", f"""
global
    nbthread 1
defaults
    mode http
    timeout connect 20s
    timeout client 60s
    timeout server 60s
frontend front
    bind 127.0.0.1:{self.ports[0]} ssl crt {self.pem}
    default_backend back
backend back
    server origin 127.0.0.1:{self.backend_port}
""")
        return [shutil.which(self.program), "-db", "-f", config]


class TlsCaddy(harness.Server):
    """With its own authority, created when it starts."""
    program = "caddy"

    def command(self):
        config = self.write("Caddyfile", f"""{{
    admin off
    auto_https disable_redirects
    skip_install_trust
    default_sni 127.0.0.1
    storage file_system {self.path("storage")}
}}
https://127.0.0.1:{self.ports[0]} {{
    bind 127.0.0.1
    tls internal
    respond "Hello, world!" 200
}}
""")
        return [shutil.which(self.program), "run", "--config", config, "--adapter", "caddyfile"]


class Servers(TlsCase):
    def test_haproxy(self):
        upstream = self.serve()
        certificate, key = self.ca.issue("front")
        both = os.path.join(self.folder(), "front.pem")
        with open(both, "w") as out:
            for path in certificate, key:
                with open(path) as file:
                    out.write(file.read())
        server = TlsHaproxy(both, upstream.port)
        self.addCleanup(server.stop)
        url = f"https://127.0.0.1:{server.ports[0]}/"
        before = upstream.counts()["requests"]
        self.assert_all(self.trusted("-n", 500, "-c", 10, url), 500)
        report = self.trusted("-n", 50, "-c", 2, "--disable-keepalive", url)
        self.assert_all(report, 50)
        self.assertGreater(report["tls"]["resumed"], 30)
        self.assertEqual(upstream.counts()["requests"] - before, 550)

    def test_caddy(self):
        server = TlsCaddy()
        self.addCleanup(server.stop)
        root = server.path("storage/pki/authorities/local/root.crt")
        wait_for(lambda: os.path.exists(root) and os.path.getsize(root), "caddy has made its authority")
        url = f"https://127.0.0.1:{server.ports[0]}/"
        wait_for(lambda: vastar("-n", 1, "-c", 1, "--cacert", root, url).status == 0, "caddy has made its certificate")
        report = self.bench("-n", 500, "-c", 10, "--cacert", root, url)
        self.assert_all(report, 500)
        self.assertTrue(report["tls"]["verified"])
        self.assertRegex(report["tls"]["certificate"]["issuer"], "Caddy Local Authority")
        self.fails(url, why="self-signed certificate|unknown issuer")


if __name__ == "__main__":
    main()
