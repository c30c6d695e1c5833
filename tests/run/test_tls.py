#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""HTTPS: verification, negotiated parameters, resumed sessions, broken peers; against nginx, `openssl s_server` and
scripted peers. The suites of scripted peers also run over TLS (meson.build)."""
import json
import os
import re
import shutil
import socket
import ssl
import subprocess
import unittest

import harness
import tls
from harness import Case, Peer, answers, main, message, once, vastar, wait_for


class TlsNginx(harness.Server):
    """One port for each row: a certificate, and settings of nginx."""
    program = "nginx"

    def __init__(self, rows):
        self.rows = rows
        super().__init__(ports=len(rows))
        self.urls = [f"https://127.0.0.1:{port}/" for port in self.ports]

    def command(self):
        temp = "".join(f"{what}_temp_path {self.path(what)};\n"
                       for what in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        servers = "".join(f"""
            server {{ listen 127.0.0.1:{port} ssl; ssl_certificate {pem}; ssl_certificate_key {key}; {more}
                      location / {{ return 200 "Hello, world!"; }} }}"""
                          for port, ((pem, key), more) in zip(self.ports, self.rows, strict=True))
        user = "user root;" if os.geteuid() == 0 else ""
        config = self.write("nginx.conf", f"""
            {user} daemon off; worker_processes 1; pid {self.path("pid")};
            events {{ worker_connections 1024; }}
            http {{
                {temp}
                ssl_session_cache shared:sessions:1m;
                log_format test '$status $ssl_protocol $ssl_cipher $ssl_session_reused';
                access_log {self.path("access.log")} test;
                keepalive_requests 1000000;
                ssl_protocols TLSv1.2 TLSv1.3;
                {servers}
            }}""")
        return [shutil.which(self.program), "-p", self.folder, "-e", self.path("error.log"), "-c", config]


class TlsCase(Case):
    @classmethod
    def setUpClass(cls):
        cls.ca = tls.authority()
        tls.server_context()

    def nginx(self, *rows):
        server = TlsNginx([row if isinstance(row, tuple) and isinstance(row[0], tuple) else (row, "") for row in rows])
        self.addCleanup(server.stop)
        return server

    def trusted(self, *arguments, **more):
        return self.bench("--cacert", self.ca.file, *arguments, **more)

    def tls_peer(self, script, context=None):
        """A scripted peer whose connections all use TLS."""
        def over_tls(conversation):
            conversation.channel = tls.Channel(conversation.sock, context)
            if conversation.channel.shake_hands():
                script(conversation)
        peer = self.peer(over_tls)
        peer.url = f"https://127.0.0.1:{peer.port}"
        return peer

    def fails(self, url, *arguments, why, kind="tls"):
        """Checks that every request fails with this reason and is counted under this kind."""
        run = vastar("-n", 4, "-c", 1, "-o", "json", *arguments, url)
        self.assertEqual(run.status, 1, run)
        report = self.report(run)
        self.assertGreater(report["errors"][kind], 0, run)
        self.assertRegex(" ".join(report["error_examples"]), why)
        return report


class Verified(TlsCase):
    def test_by_the_given_authority(self):
        server = self.nginx(self.ca.issue())
        report = self.trusted("-n", 100, "-c", 4, server.urls[0])
        self.assert_all(report, 100)
        self.assertTrue(report["tls"]["verified"])
        self.assertEqual(report["tls"]["handshakes"], 4)
        self.assertEqual(report["phases"]["tls"]["count"], 4)
        self.assertEqual(report["params"]["protocol"], "http/1.1")
        certificate = report["tls"]["certificate"]
        self.assertEqual((certificate["subject"], certificate["issuer"]), ("server", "Test CA"))
        self.assertIn(certificate["expires_in_days"], (89, 90))

    def test_by_host_name(self):
        server = self.nginx(self.ca.issue("named", "DNS:localhost"))
        self.assert_all(self.trusted("-n", 10, "-c", 1, f"https://localhost:{server.ports[0]}/"), 10)
        self.assert_all(self.trusted("-n", 10, "-c", 1, server.urls[0], "--servername", "localhost."), 10)
        self.fails(server.urls[0], "--cacert", self.ca.file, why="IP address mismatch: certificate is for localhost")

    def test_by_the_systems_store(self):
        """SSL_CERT_FILE replaces the system's store."""
        server = self.nginx(self.ca.issue())
        self.assert_all(self.bench("-n", 10, "-c", 1, server.urls[0], env={"SSL_CERT_FILE": self.ca.file}), 10)

    def test_by_a_folder(self):
        folder = self.folder()
        shutil.copy(self.ca.file, folder)
        tls.openssl("rehash", folder)
        server = self.nginx(self.ca.issue())
        self.assert_all(self.bench("-n", 10, "-c", 1, "--capath", folder, server.urls[0]), 10)

    def test_bad_certificates(self):
        stranger = tls.Authority("Another CA")
        rows = ((self.ca.issue("expired", days=-1), r"certificate has expired \(2026-01-03\)"),
                (self.ca.issue("other", "DNS:a.test,DNS:*.b.test"), r"certificate is for a\.test, \*\.b\.test"),
                (stranger.issue("stranger"), r"unknown issuer, Another CA \(use --cacert FILE, or -k\)"),
                ((stranger.file, stranger.key), r"self-signed certificate \(use --cacert FILE, or -k\)"))
        server = self.nginx(*(row for row, _ in rows))
        for url, (_, why) in zip(server.urls, rows, strict=True):
            with self.subTest(why=why):
                self.fails(url, "--cacert", self.ca.file, why=why)
                report = self.bench("-n", 10, "-c", 1, "-k", url)
                self.assert_all(report, 10)
                self.assertFalse(report["tls"]["verified"])
        self.assertIn("not verified", vastar("-n", 10, "-c", 1, "-k", server.urls[0]).out)

    def test_revoked(self):
        other = tls.Authority("Another CA")
        revoked, good = self.ca.issue("revoked"), self.ca.issue("good")
        server = self.nginx(revoked, good)
        lists = self.ca.revoke(revoked[0])
        self.fails(server.urls[0], "--cacert", self.ca.file, "--crlfile", lists, why=r"certificate has been revoked \(--crlfile\)")
        self.assert_all(self.trusted("-n", 10, "-c", 1, "--crlfile", lists, server.urls[1]), 10)
        self.assert_all(self.trusted("-n", 10, "-c", 1, server.urls[0]), 10)
        self.fails(server.urls[1], "--cacert", self.ca.file, "--crlfile", other.revoke(), why="--crlfile has no list of what Test CA")

    def test_servername(self):
        server = self.nginx(self.ca.issue("a", "DNS:a.test"))
        self.assert_all(self.trusted("-n", 10, "-c", 1, "--servername", "a.test", server.urls[0]), 10)

    def test_a_certificate_that_expires_soon(self):
        server = self.nginx(self.ca.issue("soon", days=3))
        run = vastar("-n", 10, "-c", 1, "--cacert", self.ca.file, server.urls[0])
        self.assertRegex(run.out, r"certificate: +soon, issued by Test CA, expires in [23] days \[warning\]")


class Agreed(TlsCase):
    def test_s_client_agrees(self):
        """Version and cipher on each of the four ports."""
        ec, rsa = self.ca.issue("ec"), self.ca.issue("rsa", kind=tls.RSA)
        server = self.nginx(ec, (ec, "ssl_protocols TLSv1.2;"), rsa, (rsa, "ssl_protocols TLSv1.2;"))
        for url, port in zip(server.urls, server.ports, strict=True):
            said = subprocess.run(["openssl", "s_client", "-connect", f"127.0.0.1:{port}"], capture_output=True, text=True,
                                  stdin=subprocess.DEVNULL, check=False).stdout
            version, cipher = re.search(r"New, (\S+), Cipher is (\S+)", said).groups()
            report = self.trusted("-n", 10, "-c", 2, url)
            self.assertEqual((report["tls"]["version"], report["tls"]["cipher"]), (version, cipher), said)
            self.assertEqual(report["tls"]["kinds"][0]["count"], 2)
            self.assertEqual(set(server.wait_logged(10)[-10:]), {f"200 {version} {cipher} ."})

    def test_versions(self):
        ec = self.ca.issue("ec")
        server = self.nginx(ec, (ec, "ssl_protocols TLSv1.2;"), (ec, "ssl_protocols TLSv1.3;"))
        both, old, new = server.urls
        self.assertEqual(self.trusted("-n", 2, "-c", 1, "--tls-max", "1.2", both)["tls"]["version"], "TLSv1.2")
        self.assertEqual(self.trusted("-n", 2, "-c", 1, "--tls-min", "1.3", both)["tls"]["version"], "TLSv1.3")
        self.fails(old, "--cacert", self.ca.file, "--tls-min", "1.3", why="version")
        self.fails(new, "--cacert", self.ca.file, "--tls-max", "1.2", why="version")

    def test_ciphers_and_curves(self):
        server = self.nginx(self.ca.issue("ec"))
        report = self.trusted("-n", 2, "-c", 1, "--tls-max", "1.2", "--ciphers", "ECDHE-ECDSA-AES128-GCM-SHA256",
                              server.urls[0])
        self.assertEqual(report["tls"]["cipher"], "ECDHE-ECDSA-AES128-GCM-SHA256")
        report = self.trusted("-n", 2, "-c", 1, "--tls13-ciphers", "TLS_CHACHA20_POLY1305_SHA256", "--curves", "P-384",
                              server.urls[0])
        self.assertEqual((report["tls"]["cipher"], report["tls"]["curve"]), ("TLS_CHACHA20_POLY1305_SHA256", "secp384r1"))

    def test_alpn(self):
        server = self.nginx(self.ca.issue())
        self.assertEqual(self.trusted("-n", 2, "-c", 1, server.urls[0])["tls"]["alpn"], "http/1.1")

    def test_client_certificates(self):
        pem, key = self.ca.issue("client")
        server = self.nginx((self.ca.issue(), f"ssl_client_certificate {self.ca.file}; ssl_verify_client on;"))
        url, trust = server.urls[0], ("--cacert", self.ca.file)
        self.assert_all(self.bench("-n", 10, "-c", 2, *trust, "--cert", pem, "--key", key, url), 10)
        both = os.path.join(self.folder(), "both.pem")
        with open(both, "w") as file:
            file.write(open(pem).read() + open(key).read())
        self.assert_all(self.bench("-n", 10, "-c", 2, *trust, "--cert", both, url), 10)
        self.assert_all(self.bench("-n", 10, "-c", 2, *trust, url), 10, 400)  # nginx reports it in HTTP

    def test_server_that_requires_a_certificate(self):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*self.ca.issue())
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(self.ca.file)
        peer = self.tls_peer(answers(message()), context)
        for version in "1.2", "1.3":
            self.fails(peer.url, "--cacert", self.ca.file, "--tls-min", version, "--tls-max", version, why="requires a client certificate")

    def test_a_key_with_a_password(self):
        pem, key = self.ca.issue("client")
        folder = self.folder()
        locked, words = os.path.join(folder, "locked.key"), os.path.join(folder, "password")
        tls.openssl("ec", "-in", key, "-aes256", "-passout", "pass:secret words", "-out", locked)
        server = self.nginx((self.ca.issue(), f"ssl_client_certificate {self.ca.file}; ssl_verify_client on;"))
        for password, status in (("secret words\n", 0), ("wrong\n", 2), ("", 2)):
            with open(words, "w") as file:
                file.write(password)
            run = vastar("-n", 10, "-c", 1, "--cacert", self.ca.file, "--cert", pem, "--key", locked, "--pass-file", words, server.urls[0])
            self.assertEqual(run.status, status, run)
            if status:
                self.assertRegex(run.err, r"\Avastar: --(key|pass-file) [^\n]+\n\Z")


class Resumed(TlsCase):
    def counts(self, *arguments, url):
        """(resumed handshakes, handshakes beyond one for each request): a connection may open and find no request left."""
        report = self.trusted("-n", 50, "-c", 2, "--disable-keepalive", *arguments, url)
        self.assert_all(report, 50)
        seen = report["tls"]
        self.assertTrue(50 <= seen["handshakes"] <= 52, seen)
        self.assertEqual(seen["full_times"]["count"] + seen["resumed_times"]["count"], seen["handshakes"])
        self.assertEqual(seen["resumed_times"]["count"], seen["resumed"])
        return seen["resumed"], seen["handshakes"] - 50

    def test_as_the_server_counts_them(self):
        ec = self.ca.issue()
        server = self.nginx(ec, (ec, "ssl_protocols TLSv1.2;"), (ec, "ssl_session_tickets off; ssl_session_cache off;"))
        new, old, never = server.urls
        seen = 0
        for url, options, least in ((new, (), 40), (old, (), 40), (new, ("--no-session-reuse",), 0), (never, (), 0)):
            resumed, more = self.counts(*options, url=url)
            self.assertTrue(least <= resumed <= 50 if least else resumed == 0, (url, options, resumed))
            logged = sum(line.endswith(" r") for line in server.wait_logged(seen + 50)[seen:])
            self.assertTrue(resumed - more <= logged <= resumed, (logged, resumed, more))
            seen += 50

    def test_a_ticket_is_used_once(self):
        """RFC 8446 appendix C.4: each resumption uses a new ticket."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*self.ca.issue())
        sessions = []

        def script(conversation):
            sessions.append(conversation.channel.tls.session.id if conversation.channel.tls.session_reused else None)
            once(message())(conversation)
        self.assert_all(self.trusted("-n", 20, "-c", 1, "--disable-keepalive", self.tls_peer(script, context).url), 20)
        resumed = [session for session in sessions if session]
        self.assertGreater(len(resumed), 15)
        self.assertEqual(len(resumed), len(set(resumed)))

    def test_summary_shows_handshakes_per_second(self):
        server = self.nginx(self.ca.issue())
        run = vastar("-n", 20, "-c", 2, "--disable-keepalive", "--cacert", self.ca.file, server.urls[0])
        self.assertRegex(run.out, r"(?m)^  Handshakes/s: \d+\.\d+$")


class Redirected(TlsCase):
    def test_from_http_to_https_and_back(self):
        """The same host on another port, with its own connections."""
        secure = self.tls_peer(lambda c: self.send_on(c, f"http://127.0.0.1:{plain.port}/end"))

        def script(conversation):
            while (request := conversation.request()) is not None:
                if b" /end " in request:
                    conversation.send(message())
                else:
                    conversation.send(message(b"", "302 Found", f"Location: https://127.0.0.1:{secure.port}/x"))
        plain = self.peer(script)
        report = self.trusted("-n", 20, "-c", 4, f"http://127.0.0.1:{plain.port}/start")
        self.assert_all(report, 20)
        self.assertEqual(len(secure.requests), 20)
        self.assertEqual(len(plain.requests), 40)
        self.assertGreaterEqual(report["tls"]["handshakes"], 4)

    @staticmethod
    def send_on(conversation, location):
        while conversation.request() is not None:
            conversation.send(message(b"", "302 Found", f"Location: {location}"))

    def test_secrets_do_not_leave_tls(self):
        plain = self.peer(answers(message()))
        secure = self.tls_peer(lambda c: self.send_on(c, f"http://127.0.0.1:{plain.port}/"))
        self.assert_all(self.trusted("-n", 4, "-c", 1, "-a", "user:secret", "-H", "Cookie: a=b", secure.url), 4)
        self.assertIn(b"Authorization", secure.requests[0])
        for request in plain.requests:
            self.assertNotIn(b"Authorization", request)
            self.assertNotIn(b"Cookie", request)


class Broken(TlsCase):
    def raw(self, script):
        """A peer that does not speak TLS."""
        peer = self.peer(script)
        return f"https://127.0.0.1:{peer.port}"

    def test_plain_http(self):
        def script(conversation):
            conversation.sock.recv(65536)
            conversation.sock.sendall(message(b"", "400 Bad Request"))
            conversation.wait_closed()
        self.fails(self.raw(script), "-k", why=r"this port speaks plain HTTP \(use http://\)")

    def test_garbage(self):
        def script(conversation):
            conversation.sock.recv(65536)
            conversation.sock.sendall(b"\x00\x01\x02\x03" * 20)
            conversation.wait_closed()
        self.fails(self.raw(script), "-k", why="the response is not TLS")

    def test_close_in_mid_handshake(self):
        """Immediately, after the client's first message, and in the middle of the server's reply."""
        def answered(conversation, part):
            channel = tls.Channel(conversation.sock)
            channel.fill()
            try:
                channel.tls.do_handshake()
            except ssl.SSLWantReadError:
                data = channel.outgoing.read()
                conversation.sock.sendall(data[:int(len(data) * part)])
        for script in (lambda c: None, lambda c: c.sock.recv(65536) and None, lambda c: answered(c, 0.5)):
            report = self.fails(self.raw(script), "--cacert", self.ca.file, why=".", kind="connect")
            self.assertEqual(report["summary"]["errors"], 4)
        # With the whole reply the client's handshake is complete, and the request is lost.
        self.fails(self.raw(lambda c: answered(c, 1)), "--cacert", self.ca.file, why="before the first byte", kind="reset")

    def test_server_silent_in_the_handshake(self):
        def script(conversation):
            conversation.wait_closed()
        report = self.fails(self.raw(script), "-k", "-t", "200ms", why="timed out in the TLS handshake", kind="connect")
        self.assertEqual(report["summary"]["responses"], 0)

    def test_close_without_close_notify(self):
        """No error after a complete response; a response that lasts until the close is cut (RFC 8446 section 6.1)."""
        def cut(data):
            def script(conversation):
                if conversation.request() is not None:
                    conversation.send(data)
                    conversation.channel = None  # so that no close_notify is sent
            return script
        peer = self.tls_peer(cut(message()))
        self.assert_all(self.trusted("-n", 10, "-c", 2, peer.url), 10)
        until_close = b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nsome of it"
        self.fails(self.tls_peer(cut(until_close)).url, "--cacert", self.ca.file, why="body", kind="reset")
        self.assert_all(self.trusted("-n", 10, "-c", 2, self.tls_peer(once(until_close)).url), 10)

    def test_damaged_record(self):
        def script(conversation):
            if conversation.request() is None:
                return
            conversation.channel.tls.write(message())
            data = bytearray(conversation.channel.outgoing.read())
            data[-1] ^= 1
            conversation.sock.sendall(data)
            conversation.wait_closed()
        self.fails(self.tls_peer(script).url, "--cacert", self.ca.file, why="damaged")

    def test_records_in_pieces(self):
        """One segment for each byte, and many records in one segment."""
        def slow(conversation):
            while conversation.request() is not None:
                conversation.channel.tls.write(message())
                for byte in conversation.channel.outgoing.read():
                    conversation.sock.sendall(bytes((byte,)))

        def many(conversation):
            while conversation.request() is not None:
                for byte in message(b"x" * 500):
                    conversation.channel.tls.write(bytes((byte,)))
                conversation.channel.flush()
        for script in slow, many:
            self.assert_all(self.trusted("-n", 20, "-c", 2, self.tls_peer(script).url), 20)

    def test_long_bodies(self):
        body = os.urandom(1 << 20)
        peer = self.tls_peer(answers(message(body)))
        report = self.trusted("-n", 40, "-c", 4, peer.url)
        self.assert_all(report, 40)
        self.assertEqual(report["summary"]["bytes"], 40 << 20)

    def test_long_requests(self):
        path = os.path.join(self.folder(), "body")
        with open(path, "wb") as file:
            file.write(os.urandom(1 << 20))
        peer = self.tls_peer(answers(message()))
        self.assert_all(self.trusted("-n", 8, "-c", 2, "-m", "POST", "-D", path, peer.url), 8)
        with open(path, "rb") as file:
            body = file.read()
        for request in peer.requests:
            self.assertTrue(request.endswith(body))


class Refused(TlsCase):
    def test_before_the_run(self):
        pem, key = self.ca.issue("client")
        _, other = self.ca.issue("other")
        _, rsa = self.ca.issue("rsa", kind=tls.RSA)
        folder = self.folder()
        empty = os.path.join(folder, "empty")
        open(empty, "w").close()
        url = "https://127.0.0.1:1/"
        for options, part in ((("--cacert", "/nowhere"), "--cacert /nowhere: No such file"), (("--cacert", empty), "--cacert"),
                              (("--cert", "/nowhere"), "--cert /nowhere"), (("--cert", pem), "--cert"),
                              (("--cert", pem, "--key", other), "is not the key of the certificate"),
                              (("--cert", pem, "--key", rsa), "is not the key of the certificate"),
                              (("--cert", pem, "--key", empty), "--key"), (("--key", key), "--cert FILE"),
                              (("--cert", pem, "--key", key, "--pass-file", "/nowhere"), "--pass-file"),
                              (("--ciphers", "NONE"), "--ciphers NONE"), (("--tls13-ciphers", "X"), "--tls13-ciphers X"),
                              (("--curves", "P-1"), "--curves P-1"), (("--crlfile", "/nowhere"), "--crlfile /nowhere: No such file"),
                              (("--crlfile", pem), "--crlfile"), (("--crlfile", ""), "--crlfile"), (("--tls-min", "1.1"), "--tls-min 1.1"),
                              (("--tls-min", "1.3", "--tls-max", "1.2"), "--tls-max"), (("--key-log", "/nowhere/x"), "--key-log")):
            run = vastar("-n", 1, "-c", 1, *options, url)
            self.assertIn(run.status, (1, 2), run)
            self.assertEqual(run.out, "", run)
            self.assertRegex(run.err, r"\Avastar: [^\n]+\n\Z")
            self.assertIn(part, run.err)


class Others(TlsCase):
    def test_s_server(self):
        """OpenSSL's own server, whose responses last until the close."""
        pem, key = self.ca.issue()
        port = harness.free_port()
        for options in ((), ("-num_tickets", "0"), ("-tls1_2",)):
            server = subprocess.Popen(["openssl", "s_server", "-accept", str(port), "-cert", pem, "-key", key, "-www", *options],
                                      stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            try:
                def listens():
                    with socket.socket() as sock:
                        return sock.connect_ex(("127.0.0.1", port)) == 0
                wait_for(listens, "s_server listens")
                self.assert_all(self.trusted("-n", 10, "-c", 1, f"https://127.0.0.1:{port}/"), 10)
            finally:
                server.terminate()
                server.wait()

    def test_key_log(self):
        """NSS format, one secret in each line. SSLKEYLOGFILE, which browsers use, has the same effect."""
        server = self.nginx(self.ca.issue())
        path = os.path.join(self.folder(), "keys")
        self.trusted("-n", 2, "-c", 1, "--key-log", path, server.urls[0])
        with open(path) as file:
            lines = file.read().splitlines()
        self.assertIn("CLIENT_TRAFFIC_SECRET_0", [line.split()[0] for line in lines])
        for line in lines:
            self.assertRegex(line, r"\A[A-Z_0-9]+ [0-9a-f]{64} [0-9a-f]+\Z")
        self.trusted("-n", 2, "-c", 1, server.urls[0], env={"SSLKEYLOGFILE": path})
        with open(path) as file:
            self.assertEqual(len(file.read().splitlines()), 2 * len(lines))

    def test_open_loop_pipeline_and_request_log(self):
        server = self.nginx(self.ca.issue())
        report = self.trusted("-z", "1s", "--rate", 500, "-c", 10, server.urls[0])
        self.assertEqual(report["summary"]["responses"] + report["censored"]["unsent"], 500)
        self.assert_all(self.trusted("-n", 500, "-c", 5, "--pipeline", 8, server.urls[0]), 500)
        rows = os.path.join(self.folder(), "rows.csv")
        self.assert_all(self.trusted("-n", 50, "-c", 5, "--request-log", rows, server.urls[0]), 50)
        with open(rows) as file:
            self.assertEqual(len(file.read().splitlines()), 51)

    def test_connections_that_move_between_workers(self):
        server = self.nginx(self.ca.issue())
        report = self.trusted("-n", 20000, "-c", 16, server.urls[0], env={"VASTAR_SWING_WORKERS": "4"})
        self.assert_all(report, 20000)
        self.assertEqual(report["tls"]["handshakes"], 16)

    def test_sweep_against_a_gateway(self):
        upstream = self.serve()
        server = self.nginx((self.ca.issue(), f"location /up {{ proxy_pass {upstream.url}; }}"))
        run = vastar("sweep", "--conc", "1,2", "-z", "200ms", "-o", "json", "--cacert", self.ca.file, "--vs", upstream.url,
                     server.urls[0] + "up")
        self.assertIn(run.status, (0, 3), run)
        self.assertEqual([point["concurrency"] for point in json.loads(run.out)["sweep_points"]], [1, 2])

    def test_reports(self):
        server = self.nginx(self.ca.issue())
        folder = self.folder()
        first, second, page = (os.path.join(folder, name) for name in ("1.json", "2.json", "page.html"))
        for path in first, second:
            run = vastar("-n", 20, "-c", 2, "--cacert", self.ca.file, "--out", f"json={path}", "--out", f"html={page}", server.urls[0])
            self.assertEqual(run.status, 0, run)
        self.assertRegex(run.out, r"(?m)^  protocol: +TLSv1\.3, TLS_AES_256_GCM_SHA384, x25519$")
        self.assertRegex(run.out, r"(?m)^  handshakes: +2 full \(mean [^)]+\), 0 resumed$")
        with open(page) as file:
            self.assertIn("TLSv1.3", file.read())
        merged = json.loads(vastar("merge", "-o", "json", first, second).out)
        self.assertEqual(merged["tls"]["handshakes"], 4)
        self.assertEqual(merged["tls"]["kinds"][0]["count"], 4)


if __name__ == "__main__":
    main()
