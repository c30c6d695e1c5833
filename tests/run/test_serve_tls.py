#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""`vastar serve --tls` with other clients: curl, `openssl s_client`, wrk, Python's ssl. test_serve.py, which also runs over
TLS (meson.build), tests the responses."""
import contextlib
import os
import re
import shutil
import socket
import ssl
import subprocess
import unittest

import harness
import tls

REQUEST = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"
GOODBYE = b"GET /close HTTP/1.1\r\nHost: localhost\r\n\r\n"


class Base(harness.Case):
    def serve(self, *options, **more):
        """A server with a self-made certificate, which is in the file server.ca."""
        ca = os.path.join(self.folder(), "ca.pem")
        server = harness.Serve("--tls", "--cert-out", ca, *options, secure=False, **more)
        server.ca = ca
        self.addCleanup(self.stop, server)
        return server

    def serve_with(self, certificate, *options):
        server = harness.Serve("--tls", "--cert", certificate[0], "--key", certificate[1], *options, secure=False)
        server.ca = tls.authority().file
        self.addCleanup(self.stop, server)
        return server

    def stop(self, server):
        """The exit status shows leaks that a sanitizer finds."""
        self.assertEqual(server.stop(), 0, server.output())

    def context(self, server, **more):
        context = ssl.create_default_context(cafile=server.ca)
        context.verify_flags |= ssl.VERIFY_X509_STRICT
        for name, value in more.items():
            setattr(context, name, value)
        return context

    def connect(self, server, context=None, name="localhost", session=None):
        sock = socket.create_connection((server.host.strip("[]"), server.port), timeout=harness.LIMIT)
        self.addCleanup(sock.close)
        context = context or self.context(server)
        return context.wrap_socket(sock, server_hostname=name, suppress_ragged_eofs=False, session=session)

    def get(self, server, request=GOODBYE, **more):
        """Everything up to the end of the stream."""
        with self.connect(server, **more) as sock:
            sock.sendall(request)
            return self.rest(sock)

    def rest(self, sock):
        found = b""
        while data := sock.recv(65536):
            found += data
        return found

    def counts(self, server):
        """The JSON of /counts."""
        with self.connect(server) as sock:
            sock.sendall(b"GET /counts HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            return harness.json.loads(self.rest(sock).split(b"\r\n\r\n", 1)[1])

    def wait_counts(self, server, **wanted):
        return harness.wait_for(lambda: (counts := self.counts(server)).items() >= wanted.items() and counts, str(wanted))

    def reported(self, server):
        """(handshakes, resumed, failed) from the report at exit."""
        self.assertEqual(server.stop(), 0, server.output())
        found = re.search(r"handshakes (\d+), resumed (\d+), failed (\d+)\n", server.output())
        return tuple(map(int, found.groups()))

    def orders(self, server, *steps, options=()):
        """Types into s_client. Each step is (bytes to type, output to wait for)."""
        client = subprocess.Popen(["openssl", "s_client", "-connect", f"{server.host}:{server.port}", "-CAfile", server.ca,
                                   *options], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.addCleanup(client.stdout.close)
        self.addCleanup(client.wait)
        self.addCleanup(client.kill)
        self.addCleanup(client.stdin.close)
        said = b""
        for order, expected in ((b"", b"Verify return code"), *steps):
            said = b""
            client.stdin.write(order)
            client.stdin.flush()
            while expected not in said:
                more = os.read(client.stdout.fileno(), 65536)
                self.assertTrue(more, said)
                said += more

    def s_client(self, server, *options, text=REQUEST, name="localhost"):
        """The output of s_client for a connection that sends `text`; the server closes it."""
        run = subprocess.run(["openssl", "s_client", "-connect", f"{server.host}:{server.port}", "-CAfile", server.ca,
                              "-verify_hostname", name, "-ign_eof", *options], input=text + GOODBYE,
                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=harness.LIMIT, check=False)
        return run.stdout.decode(errors="replace")


class Certificate(Base):
    def test_valid_for_every_name_of_the_host(self):
        server = self.serve()
        for name in ("localhost", "127.0.0.1", "::1"):
            self.assertIn(b"Hello, world!", self.get(server, name=name))
        with self.assertRaises(ssl.SSLCertVerificationError):
            self.connect(server, name="example.test")

    def test_valid_for_the_given_address(self):
        server = self.serve(address="127.0.0.9:0")
        self.assertIn(b"Hello, world!", self.get(server, name="127.0.0.9"))
        self.assertIn(b"Hello, world!", self.get(self.serve(address="[::1]:0"), name="::1"))

    def test_other_certificates_are_not_trusted(self):
        server, other = self.serve(), self.serve()
        with self.assertRaises(ssl.SSLCertVerificationError):
            self.connect(server, self.context(other))

    def test_printed_command_works(self):
        server = self.serve()
        line = re.search(r"trusted with: vastar (--cacert \S+ https://\S+)\n", server.output())
        report = self.bench("-n", 5, "-c", 1, *line.group(1).split())
        self.assert_all(report, 5)
        self.assertTrue(report["tls"]["verified"])

    def test_without_a_file_it_prints_how(self):
        server = harness.Serve("--tls", secure=False)
        self.addCleanup(self.stop, server)
        harness.wait_for(lambda: "--cert-out FILE" in server.output(), "the second line")

    def test_the_key_is_ecdsa_or_rsa(self):
        self.assertIn("Peer signature type: ECDSA", self.s_client(self.serve()))
        self.assertIn("Peer signature type: RSA-PSS", self.s_client(self.serve("--rsa")))

    def test_users_certificate(self):
        for kind in (tls.EC, tls.RSA):
            server = self.serve_with(tls.authority().issue(f"user-{kind[0][:3]}", kind=kind))
            self.assertIn("Verification: OK", self.s_client(server))
            self.assertNotIn("trusted", server.output())

    def test_a_chain_and_its_key_in_one_file(self):
        ca = tls.authority()
        certificate, key = ca.issue("one-file")
        path = os.path.join(self.folder(), "all.pem")
        with open(path, "w") as into:
            for name in (certificate, ca.file, key):
                with open(name) as file:
                    into.write(file.read())
        server = harness.Serve("--tls", "--cert", path, secure=False)
        server.ca = ca.file
        self.addCleanup(self.stop, server)
        said = self.s_client(server, "-showcerts")
        self.assertEqual(said.count("BEGIN CERTIFICATE"), 2, said)
        self.assertIn("Verification: OK", said)


class Refused(harness.Case):
    def refused(self, *options, says):
        run = harness.vastar("serve", "127.0.0.1:0", *options)
        self.assertEqual((run.status, run.out), (2, ""), run)
        self.assertEqual(run.err.count("\n"), 1, run)
        self.assertRegex(run.err, says)

    def test_invalid_files(self):
        ca, folder = tls.authority(), self.folder()
        certificate, key = ca.issue("refused")
        text = os.path.join(folder, "text")
        with open(text, "w") as file:
            file.write("hello\n")
        self.refused("--tls", "--cert", f"{folder}/none", "--key", key, says="--cert .*none: No such file")
        self.refused("--tls", "--cert", certificate, "--key", f"{folder}/none", says="--key .*none: No such file")
        self.refused("--tls", "--cert", folder, says="--cert .*: Is a directory")
        self.refused("--tls", "--cert", text, "--key", key, says="--cert .*text: no start line .*PEM")
        self.refused("--tls", "--cert", certificate, "--key", text, says="--key .*text: .*PEM")
        self.refused("--tls", "--cert", certificate, says=f"--cert {certificate}: .*PEM")
        self.refused("--tls", "--client-ca", text, says="--client-ca .*text: no start line")
        self.refused("--tls", "--client-ca", f"{folder}/none", says="--client-ca .*none: No such file")

    def test_keys_that_do_not_match(self):
        ca = tls.authority()
        one, two, rsa = ca.issue("one"), ca.issue("two"), ca.issue("rsa", kind=tls.RSA)
        for key in (two[1], rsa[1]):
            self.refused("--tls", "--cert", one[0], "--key", key, says="not the key of the certificate in .*one.pem")

    def test_keys_with_a_password(self):
        certificate, key = tls.authority().issue("password")
        path = os.path.join(self.folder(), "locked.key")
        tls.openssl("pkey", "-in", key, "-aes128", "-passout", "pass:secret", "-out", path)
        self.refused("--tls", "--cert", certificate, "--key", path, says="--key .*locked.key: it needs a password")

    def test_conflicting_options(self):
        certificate, key = tls.authority().issue("together")
        for options in (("--cert", certificate), ("--key", key), ("--client-ca", certificate), ("--rsa",), ("--no-tickets",),
                        ("--cert-out", os.path.join(self.folder(), "out"))):
            self.refused(*options, says=f"{options[0]}: needs --tls")
        self.refused("--tls", "--key", key, says="--key: needs --cert")
        self.refused("--tls", "--cert", certificate, "--key", key, "--rsa", says="--rsa: .*leave --cert out")

    def test_a_file_that_cannot_be_written(self):
        run = harness.vastar("serve", "--tls", "127.0.0.1:0", "--cert-out", f"{self.folder()}/none/ca.pem")
        self.assertNotEqual(run.status, 0, run)
        self.assertRegex(run.err, r"\A.*--cert-out .*none/ca.pem: cannot be written.*\n\Z")
        self.assertNotIn("listening", run.out)


class Handshake(Base):
    def test_versions(self):
        server = self.serve()
        self.assertRegex(self.s_client(server, "-tls1_3"), r"New, TLSv1.3, Cipher is TLS_AES_256_GCM_SHA384")
        self.assertRegex(self.s_client(server, "-tls1_2"), r"New, TLSv1.2, Cipher is ECDHE-ECDSA-")
        self.assertNotIn("HTTP/1.1 200", self.s_client(server, "-tls1_1", "-cipher", "DEFAULT@SECLEVEL=0"))
        self.assertEqual(self.reported(server), (2, 0, 1))

    def test_alpn(self):
        server = self.serve()
        self.assertIn("ALPN protocol: http/1.1", self.s_client(server, "-alpn", "h2,http/1.1"))
        said = self.s_client(server)
        self.assertIn("No ALPN negotiated", said)
        self.assertIn("Hello, world!", said)
        self.assertIn("no application protocol", self.s_client(server, "-alpn", "h2"))
        self.wait_counts(server, handshakes=2, handshake_errors=1, requests=4)

    def resumes(self, server, *options):
        """"New" or "Reused" for the first connection and for those that try to resume its session."""
        path = os.path.join(self.folder(), "session")
        said = [self.s_client(server, *options, "-sess_out", path)]
        if os.path.exists(path):
            said += [self.s_client(server, *options, "-sess_in", path) for _ in range(4)]
        return [re.search(r"^(New|Reused), TLS", text, re.M).group(1) for text in said]

    def test_sessions_are_resumed_on_every_worker(self):
        server = self.serve("-w", 3)
        for version in ("-tls1_3", "-tls1_2"):
            self.assertEqual(self.resumes(server, version), ["New"] + 4 * ["Reused"])
        self.assertEqual(self.reported(server), (10, 8, 0))

    def test_without_tickets_nothing_is_resumed(self):
        server = self.serve("--no-tickets")
        for version in ("-tls1_3", "-tls1_2"):
            self.assertNotIn("Reused", self.resumes(server, version))
            self.assertNotIn("TLS session ticket:", self.s_client(server, version))
        self.assertEqual(self.reported(server)[1:], (0, 0))

    def test_one_byte_at_a_time(self):
        server = self.serve()
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        end = self.context(server).wrap_bio(incoming, outgoing, server_hostname="localhost")
        with socket.create_connection((server.host, server.port), timeout=harness.LIMIT) as sock:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

            def go(function):
                while True:
                    try:
                        result = function()
                    except ssl.SSLWantReadError:
                        result = None
                    for byte in outgoing.read():
                        sock.sendall(bytes([byte]))
                    if result is not None:
                        return result
                    incoming.write(sock.recv(1))
            go(lambda: end.do_handshake() or True)
            go(lambda: end.write(REQUEST))
            self.assertTrue(go(lambda: end.read(1000)).startswith(b"HTTP/1.1 200"))

    def test_key_updates(self):
        """With `K` the client also requests new keys from the server."""
        server = self.serve()
        self.orders(server, (REQUEST, b"Hello, world!"), (b"K\n", b"KEYUPDATE"), (REQUEST, b"Hello, world!"), (b"K\n", b"KEYUPDATE"),
                    (REQUEST, b"Hello, world!"), options=["-tls1_3"])
        self.wait_counts(server, requests=3, tls_errors=0)

    def test_renegotiation_is_refused(self):
        server = self.serve()
        self.orders(server, (REQUEST, b"Hello, world!"), (b"R\n", b"no renegotiation"), options=["-tls1_2"])
        self.assertIn(b"Hello, world!", self.get(server))


class ClientCertificates(Base):
    def test_only_certificates_of_the_authority_are_accepted(self):
        good, bad = tls.authority().issue("good"), tls.Authority("Other").issue("bad")
        server = self.serve("--client-ca", tls.authority().file)
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            for files in (None, bad):
                context = self.context(server, maximum_version=version)
                if files:
                    context.load_cert_chain(*files)
                with self.assertRaises((ssl.SSLError, ConnectionError)):
                    self.get(server, context=context)
            context = self.context(server, maximum_version=version)
            context.load_cert_chain(*good)
            self.assertIn(b"Hello, world!", self.get(server, context=context))
        self.assertEqual(self.reported(server), (2, 0, 4))

    def test_resumed_session_needs_no_certificate(self):
        certificate, key = tls.authority().issue("session")
        server = self.serve("--client-ca", tls.authority().file)
        context = self.context(server)
        context.load_cert_chain(certificate, key)
        with self.connect(server, context) as sock:
            sock.sendall(REQUEST)
            sock.recv(1000)
            session = sock.session
        with self.connect(server, context, session=session) as sock:
            self.assertTrue(sock.session_reused)
            sock.sendall(REQUEST)
            self.assertIn(b"Hello, world!", sock.recv(1000))

    def test_requested_authority(self):
        server = self.serve("--client-ca", tls.authority().file)
        self.assertRegex(self.s_client(server, "-tls1_2"), r"Acceptable client certificate CA names\nCN = Test CA")


class Misbehaviour(Base):
    def raw(self, server):
        sock = socket.create_connection((server.host, server.port), timeout=harness.LIMIT)
        self.addCleanup(sock.close)
        return sock

    def hello(self, server):
        """The first bytes of a client."""
        outgoing = ssl.MemoryBIO()
        end = self.context(server).wrap_bio(ssl.MemoryBIO(), outgoing, server_hostname="localhost")
        with contextlib.suppress(ssl.SSLWantReadError):
            end.do_handshake()
        return outgoing.read()

    def test_plain_http_gets_an_explanation(self):
        server = self.serve()
        for request in (REQUEST, b"POST / HTTP/1.1\r\nContent-Length: 100000\r\n\r\n" + b"x" * 100000):
            with self.raw(server) as sock:
                sock.sendall(request)
                response = self.rest(sock)
            self.assertTrue(response.startswith(b"HTTP/1.1 400 Bad Request\r\n"), response)
            self.assertTrue(response.endswith(b"\r\n\r\nthis port speaks TLS: use https://\n"), response)
        counts = self.wait_counts(server, handshake_errors=2)
        self.assertEqual((counts["requests"], counts["malformed"], counts["status"]), (2, 2, {"400": 2}))

    def test_garbage_is_closed_and_counted(self):
        server = self.serve()
        samples = [b"\0" * 100, b"get / http/1.1\r\n\r\n", b"\x16\x03\x01\xff\xff" + b"x" * 70000, b"\x16\x03\x01\0\5hello",
                   b"\x80\x2e\x01\3\0" + b"\0" * 50, b"\xff" * 5, b"\x15\x03\x01\0\2\2\x28", b"\x17\x03\x03\0\x10" + b"y" * 16]
        for sample in samples:
            with self.raw(server) as sock:
                with contextlib.suppress(ConnectionError):  # the server may close before the whole sample is sent
                    sock.sendall(sample)
                    sock.shutdown(socket.SHUT_WR)
                    response = self.rest(sock)
                    self.assertTrue(not response or response[0] == 0x15, response)  # nothing but an alert
        counts = self.wait_counts(server, handshake_errors=len(samples))
        self.assertEqual((counts["handshakes"], counts["requests"], counts["tls_errors"]), (0, 0, 0))
        self.assertIn(b"Hello, world!", self.get(server))

    def test_first_message_cut_or_damaged_anywhere(self):
        server = self.serve()
        hello = self.hello(server)
        tries = 0
        for at in range(0, len(hello), 7):
            for bytes_ in (hello[:at], hello[:at] + bytes([hello[at] ^ 0xff]) + hello[at + 1:]):
                with self.raw(server) as sock, contextlib.suppress(ConnectionError):
                    tries += 1
                    sock.sendall(bytes_)
                    sock.shutdown(socket.SHUT_WR)
                    self.rest(sock)
        self.wait_counts(server, handshake_errors=tries, handshakes=0)
        self.assertIn(b"Hello, world!", self.get(server))

    def test_clients_that_vanish_during_the_handshake(self):
        server = self.serve()
        hello = self.hello(server)
        for number in range(200):
            with self.raw(server) as sock:
                sock.sendall(hello)
                if number % 2:
                    sock.recv(100)
                if number % 4 > 1:
                    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, harness.struct.pack("ii", 1, 0))
        self.wait_counts(server, handshake_errors=200, handshakes=0)

    def test_unfinished_handshakes_do_not_block_the_server(self):
        server = self.serve()
        hello = self.hello(server)
        waiting = [self.raw(server) for _ in range(20)]
        for number, sock in enumerate(waiting):
            sock.sendall(hello[:number * 20])
        self.assertIn(b"Hello, world!", self.get(server))
        self.assertEqual(self.reported(server), (1, 0, 20))

    def test_a_damaged_record_ends_the_connection(self):
        server = self.serve()
        with self.raw(server) as sock:
            channel = tls.Channel(sock, self.context(server), server_side=False)
            self.assertTrue(channel.shake_hands())
            channel.send(REQUEST)
            self.assertIn(b"Hello, world!", channel.receive())
            channel.tls.write(b"GET /delay/100000 HTTP/1.1\r\nHost: a\r\n\r\n")  # its response is never sent
            channel.tls.write(REQUEST)
            records = bytearray(channel.outgoing.read())
            records[-1] ^= 1
            sock.sendall(records)
            self.assertTrue(channel.fill())
            with self.assertRaisesRegex(ssl.SSLError, "BAD_RECORD_MAC"):
                channel.tls.read(1000)
        self.wait_counts(server, tls_errors=1, handshakes=1, handshake_errors=0)

    def test_both_sides_send_close_notify(self):
        server = self.serve()
        sock = self.connect(server)
        sock.sendall(REQUEST)
        self.assertIn(b"Hello, world!", sock.recv(1000))
        with sock.unwrap() as plain:  # waits for the server's close_notify
            self.assertEqual(plain.recv(100), b"")

    def test_requests_before_close_notify_are_answered(self):
        server = self.serve()
        with self.raw(server) as sock:
            channel = tls.Channel(sock, self.context(server), server_side=False)
            self.assertTrue(channel.shake_hands())
            channel.send(b"GET /delay/50 HTTP/1.1\r\nHost: a\r\n\r\n" + REQUEST)
            channel.say_goodbye()
            # Python reads nothing after its own close_notify: the length of the records must do.
            records = self.rest(sock)
        self.assertGreater(len(records), 150)
        counts = self.wait_counts(server, tls_errors=0, handshake_errors=0)
        self.assertEqual(counts["status"], {"200": 2})


class Load(Base):
    def test_both_ends_count_the_same_handshakes(self):
        server = self.serve("-w", 2)
        report = self.bench("-n", 1000, "-c", 10, "--disable-keepalive", "--cacert", server.ca, server.url)
        self.assert_all(report, 1000)
        counts = self.counts(server)
        self.assertEqual((counts["requests"], counts["connections"]), (1000, 1000))
        self.assertEqual((report["tls"]["handshakes"], report["tls"]["resumed"]), (counts["handshakes"], counts["resumed"]))
        self.assertGreater(counts["resumed"], 0)

    def test_pipelined_requests_and_long_bodies(self):
        server = self.serve()
        report = self.bench("-n", 4000, "-c", 5, "--pipeline", 16, "--cacert", server.ca, server.url)
        self.assert_all(report, 4000)
        report = self.bench("-n", 200, "-c", 10, "--cacert", server.ca, server.url + "/bytes/300000")
        self.assert_all(report, 200)
        counts = self.counts(server)
        self.assertEqual((counts["requests"], counts["bytes_sent"] > 60_000_000), (4200, True))

    def test_capacity_and_request_log(self):
        log = os.path.join(self.folder(), "log.csv")
        server = self.serve("--capacity", 4, "--service-time", "5ms", "--request-log", log)
        report = self.bench("-n", 100, "-c", 8, "--cacert", server.ca, server.url)
        self.assert_all(report, 100)
        # 100 requests of 5 ms in four slots.
        self.assertGreaterEqual(report["summary"]["total_s"], 0.125)
        self.assertEqual(server.stop(), 0)
        with open(log) as file:
            self.assertEqual(len(file.readlines()), 101)

    @unittest.skipUnless(shutil.which("wrk"), "wrk is not installed")
    def test_wrk_agrees(self):
        server = self.serve()
        run = subprocess.run(["wrk", "-t1", "-c20", "-d1s", server.url], stdout=subprocess.PIPE, check=True,
                             timeout=harness.LIMIT)
        said = run.stdout.decode()
        requests = int(re.search(r"(\d+) requests in", said).group(1))
        self.assertNotIn("Non-2xx", said)
        self.assertNotIn("Socket errors", said)
        # wrk probes the address first, and does not read the last response of each connection.
        counts = self.wait_counts(server, handshakes=20)
        self.assertTrue(requests <= counts["requests"] <= requests + 20, (requests, counts))

    @unittest.skipUnless(shutil.which("curl"), "curl is not installed")
    def test_curl_agrees(self):
        server = self.serve()
        for path, length in (("/", 13), ("/bytes/1000000", 1000000), ("/chunked/100000", 100000), ("/until-close/70000", 70000)):
            run = subprocess.run(["curl", "-sS", "--cacert", server.ca, server.url + path], stdout=subprocess.PIPE, check=True,
                                 timeout=harness.LIMIT)
            self.assertEqual(len(run.stdout), length)
        body = b"x" * 3_000_000
        run = subprocess.run(["curl", "-sS", "--cacert", server.ca, "-T", "-", server.url + "/echo"], input=body,
                             stdout=subprocess.PIPE, check=True, timeout=harness.LIMIT)
        self.assertEqual(run.stdout, b"PUT 3000000\n")
        self.assertEqual(self.counts(server)["body_bytes"], len(body))


if __name__ == "__main__":
    harness.main()
