#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""HTTP proxies: scripted proxies that behave or misbehave, tinyproxy and squid."""
import os
import shutil
import socket
import unittest

import harness
import tls
from harness import Case, answers, main, message, vastar

OPENED = b"HTTP/1.1 200 Connection established\r\n\r\n"


def refuses(status, body=b""):
    return b"HTTP/1.1 " + status + b"\r\nContent-Length: %d\r\n\r\n" % len(body) + body


def tunnel(conversation, response=OPENED, send=None):
    """Answers CONNECT; after that the conversation plays the target. False if the client does not get that far."""
    if conversation.request() is None:
        return False
    (send or conversation.send)(response)
    conversation.channel = tls.Channel(conversation.sock)
    return conversation.channel.shake_hands()


def tunnels(response=OPENED, **more):
    def script(conversation):
        if tunnel(conversation, response, **more):
            answers(message())(conversation)
    return script


class Proxied(Case):
    def proxy(self, script=answers(message())):
        peer = self.peer(script)
        peer.place = f"http://127.0.0.1:{peer.port}"
        return peer

    def fails(self, *arguments, why, count=4, **more):
        """Checks that every request fails with this reason and is counted under this kind."""
        run = vastar("-n", count, "-c", 1, "-o", "json", *arguments, **more)
        self.assertEqual(run.status, 1, run)
        report = self.report(run)
        self.assertEqual(report["errors"]["proxy"], count, run)
        self.assertRegex(" ".join(report["error_examples"]), why)
        self.assertEqual(run.err.count("\n"), 1, run)
        return report


class Plain(Proxied):
    """http: the request goes to the proxy unchanged, with the whole URL."""

    def test_request(self):
        proxy = self.proxy()
        report = self.bench("-n", 20, "-c", 2, "-x", f"http://user:s%65cret@127.0.0.1:{proxy.port}", "http://a.test:81/p?q")
        self.assert_all(report, 20)
        self.assertEqual((report["params"]["proxy"], report["params"]["proxy_source"]), (proxy.place, "-x"))
        self.assertEqual(proxy.connections, 2)
        self.assertEqual(len(proxy.requests), 20)
        for request in proxy.requests:
            self.assertTrue(request.startswith(b"GET http://a.test:81/p?q HTTP/1.1\r\nHost: a.test:81\r\n"), request)
            self.assertIn(b"\r\nProxy-Authorization: Basic dXNlcjpzZWNyZXQ=\r\n", request)

    def test_reports(self):
        proxy = self.proxy()
        url = f"http://user:secret@127.0.0.1:{proxy.port}"
        for form in ("text", "html", "markdown", "json", "csv"):
            run = vastar("-n", 2, "-c", 1, "-v", "-o", form, "-x", url, "http://a.test/")
            self.assertEqual(run.status, 0, run)
            self.assertNotIn("secret", run.out + run.err)
            self.assertNotIn("dXNlcjpzZWNyZXQ", run.out + run.err)
            if form != "csv":
                self.assertIn(f"127.0.0.1:{proxy.port}", run.out)
        run = vastar("-n", 2, "-c", 1, "http://127.0.0.1:1/", env={"http_proxy": url})
        self.assertIn(f"Proxy:        {proxy.place} (from http_proxy)\n", run.out)

    def test_environment(self):
        """As in curl: a proxy is used for loopback too, and HTTP_PROXY in capitals is ignored."""
        proxy, server = self.proxy(), self.serve()
        for env, arguments, used in (
                ({"http_proxy": proxy.place}, [], True),
                ({"HTTP_PROXY": proxy.place}, [], False),
                ({"http_proxy": proxy.place, "no_proxy": "localhost,127.0.0.0/8"}, [], False),
                ({"http_proxy": proxy.place}, ["--no-proxy", "*"], False),
                ({"http_proxy": "http://127.0.0.1:1"}, ["-x", ""], False),
                ({"no_proxy": "*"}, ["-x", proxy.place, "--no-proxy", ""], True)):
            with self.subTest(env=env, arguments=arguments):
                before = len(proxy.requests)
                report = self.bench("-n", 4, "-c", 1, *arguments, server.url, env=env)
                self.assert_all(report, 4)
                self.assertEqual(len(proxy.requests) - before, 4 if used else 0)
                self.assertEqual(report["params"]["proxy"], proxy.place if used else None)

    def test_refused_connection(self):
        port = harness.free_port()
        report = self.fails("-x", f"127.0.0.1:{port}", "http://a.test/", why=f"proxy http://127.0.0.1:{port}: connection refused")
        self.assertEqual(report["errors"]["connect"], 0)

    def test_proxy_requires_authentication(self):
        """An ordinary response, plus a note."""
        proxy = self.proxy(answers(message(b"", "407 Proxy Authentication Required")))
        for user, sentence in (("", "the proxy needs a user and password (407)"),
                               ("u:p@", "the proxy does not accept the user and password (407)")):
            report = self.bench("-n", 4, "-c", 1, "-x", f"{user}127.0.0.1:{proxy.port}", "http://a.test/")
            self.assert_all(report, 4, 407)
            self.assertIn(sentence, report["notes"][0])

    def test_sweep(self):
        proxy = self.proxy()
        run = vastar("sweep", "--conc", "1,2", "-n", 20, "--exact-n", "-x", proxy.place, "http://a.test/")
        self.assertEqual(run.status, 0, run)
        self.assertIn(f"through the proxy {proxy.place} (from -x)", " ".join(run.out.split()))
        self.assertTrue(all(request.startswith(b"GET http://a.test/ ") for request in proxy.requests))

    def test_bad_input(self):
        for arguments, env, sentence in (
                (["-x", "socks5://h:1"], {}, 'proxy (-x): "socks5:" is not a kind of proxy'),
                ([], {"http_proxy": "https://user:secret@h:1"}, 'proxy (http_proxy): "https:" is not a kind of proxy'),
                (["-x", "http://user:sec/ret@h:1"], {}, "write %2F"),
                (["-x", "http://h:x"], {}, 'port "x" is not a number'),
                (["-x", "http://no-such-host.invalid:1"], {}, "proxy no-such-host.invalid: the host has no address"),
                (["-x", "http://127.0.0.1:1", "--unix", "/none"], {}, "a Unix socket is not reached through a proxy")):
            run = vastar("-n", 1, "-c", 1, *arguments, "http://a.test/", env=env)
            self.assertNotEqual(run.status, 0, run)
            self.assertIn(sentence, run.err)
            self.assertEqual(run.err.count("\n"), 1, run)
            self.assertNotIn("secret", run.err)


class Tunnel(Proxied):
    """https: CONNECT, and TLS inside the tunnel."""

    @classmethod
    def setUpClass(cls):
        tls.server_context()

    def setUp(self):
        self.trusted = ("--cacert", tls.authority().file)

    def test_exchange(self):
        proxy = self.proxy(tunnels())
        report = self.bench("-n", 20, "-c", 2, *self.trusted, "-x", f"user:secret@127.0.0.1:{proxy.port}", "https://localhost:81/p")
        self.assert_all(report, 20)
        self.assertEqual((report["params"]["proxy"], report["params"]["proxy_source"]), (proxy.place, "-x"))
        self.assertEqual(report["phases"]["connect"]["count"], 2)
        self.assertEqual(report["tls"]["handshakes"], 2)
        opening = [request for request in proxy.requests if request.startswith(b"CONNECT")]
        self.assertEqual(len(opening), 2)
        for request in opening:
            self.assertTrue(request.startswith(b"CONNECT localhost:81 HTTP/1.1\r\nHost: localhost:81\r\nUser-Agent: vastar/"), request)
            self.assertTrue(request.endswith(b"\r\nProxy-Authorization: Basic dXNlcjpzZWNyZXQ=\r\n\r\n"), request)
        inside = [request for request in proxy.requests if not request.startswith(b"CONNECT")]
        self.assertEqual(len(inside), 20)
        for request in inside:
            self.assertTrue(request.startswith(b"GET /p HTTP/1.1\r\nHost: localhost:81\r\n"), request)
            self.assertNotIn(b"Proxy-", request)

    def test_responses_that_open_a_tunnel(self):
        """However they are cut and whatever they announce: a 2xx response to CONNECT has no body."""
        for response in (b"HTTP/1.0 200 OK\r\n\r\n", b"HTTP/1.1 204 No Content\r\nX: y\r\n\r\n",
                         b"HTTP/1.1 100 Continue\r\n\r\n" + OPENED,
                         b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n",
                         b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"):
            for pieces in (False, True):
                def script(conversation, response=response, pieces=pieces):
                    if tunnel(conversation, response, conversation.trickle if pieces else None):
                        answers(message())(conversation)
                with self.subTest(response=response, pieces=pieces):
                    proxy = self.proxy(script)
                    self.assert_all(self.bench("-n", 4, "-c", 2, *self.trusted, "-x", proxy.place, "https://localhost/"), 4)

    def test_a_tunnel_for_each_connection(self):
        proxy = self.proxy(tunnels())
        for env in ({}, {"VASTAR_DISABLE_FEATURES": "all"}):
            before = proxy.connections
            report = self.bench("-n", 10, "-c", 2, "--disable-keepalive", "--kernel-timestamps", *self.trusted, "-x", proxy.place,
                                "https://localhost/", env=env)
            self.assert_all(report, 10)
            self.assertGreaterEqual(proxy.connections - before, 10)
            self.assertEqual(report["tls"]["handshakes"], report["phases"]["connect"]["count"])

    def test_responses_that_open_no_tunnel(self):
        def sends(data):
            def script(conversation):
                if conversation.request() is not None:
                    conversation.send(data)
            return script

        def resets(conversation):
            if conversation.request() is not None:
                conversation.reset()

        closed = "it closed the connection without a response to CONNECT"
        for script, user, why in (
                (sends(refuses(b"407 No", b"x" * 100000)), "", r"407 to CONNECT, it needs a user and password \(http://USER:PASS"),
                (sends(refuses(b"407 No")), "u:p@", "407 to CONNECT, it does not accept the user and password"),
                (sends(refuses(b"403 Forbidden")), "", "403 to CONNECT, it forbids this target"),
                (sends(refuses(b"502 Bad Gateway")), "", "502 to CONNECT, it cannot reach the target"),
                (sends(refuses(b"504 Gateway Timeout")), "", "504 to CONNECT, the target did not respond to it"),
                (sends(refuses(b"302 Found")), "", "302 to CONNECT, it opens no tunnel"),
                (sends(b"HTTP/1.1 101 Switching\r\n\r\n"), "", "response to CONNECT: 101 Switching Protocols was not requested"),
                (sends(b"SSH-2.0-OpenSSH\r\n"), "", "response to CONNECT: status line 'SSH-2.0-OpenSSH' is not HTTP"),
                (sends(b"220 mail"), "", "response to CONNECT: status line '220 mail' is not HTTP"),
                (sends(b"\x15\x03\x03\0\x02\x02\x28"), "", "response to CONNECT: status line .* is not HTTP"),
                (sends(b"HTTP/1.1 20"), "", "in the middle of its response to CONNECT"),
                (sends(OPENED[:-2]), "", "in the middle of its response to CONNECT"),
                (sends(b""), "", closed),
                (resets, "", closed),
                (lambda conversation: None, "", closed)):
            with self.subTest(why=why):
                proxy = self.proxy(script)
                report = self.fails(*self.trusted, "-x", f"{user}127.0.0.1:{proxy.port}", "https://localhost/", why=why)
                self.assertIn(f"proxy {proxy.place}: ", report["error_examples"][0])
                self.assertEqual(report["phases"]["connect"]["count"], 0)

    def test_silence(self):
        for data in (b"", b"HTTP/1.1 200 OK\r\n"):
            def script(conversation, data=data):
                conversation.send(data)
                conversation.wait_closed()
            self.fails("-t", "100ms", *self.trusted, "-x", self.proxy(script).place, "https://localhost/", count=1,
                       why="no complete response to CONNECT in time")

    def test_nothing_listens(self):
        port = harness.free_port()
        self.fails(*self.trusted, "-x", f"127.0.0.1:{port}", "https://localhost/", why="connection refused")

    def test_failures_behind_the_proxy(self):
        """Once the tunnel is open, failures are those of the target."""
        def closes(conversation):
            if conversation.request() is not None:
                conversation.send(OPENED)

        def speaks_plain(conversation):
            if conversation.request() is not None:
                conversation.send(OPENED + b"HTTP/1.1 400 No\r\n\r\n")
                conversation.wait_closed()
        for script, kind, why in ((closes, "connect", "proxy http.*: connection reset"),
                                  (speaks_plain, "tls", "this port speaks plain HTTP"),
                                  (tunnels(), "tls", "host name mismatch")):
            run = vastar("-n", 2, "-c", 1, "-o", "json", *self.trusted, "-x", self.proxy(script).place, "https://b.test/")
            report = self.report(run)
            self.assertEqual(report["errors"][kind], 2, run)
            self.assertRegex(" ".join(report["error_examples"]), why)

    def test_temporary_failures(self):
        """vastar tries again after a pause; each failure counts as one request of -n."""
        def script(conversation):
            if conversation.number > 3:
                tunnels()(conversation)
            elif conversation.request() is not None:
                conversation.send(refuses(b"503 Later"))
        report = self.bench("-n", 10, "-c", 1, *self.trusted, "-x", self.proxy(script).place, "https://localhost/")
        self.assertEqual(report["errors"]["proxy"], 3)
        self.assertEqual(report["status_codes"], {"200": 7})

    def test_a_target_that_closes(self):
        """A request that crosses with the close is sent again, in a new tunnel."""
        def script(conversation):
            if tunnel(conversation) and conversation.request() is not None:
                conversation.send(message())
                conversation.channel.say_goodbye()
        proxy = self.proxy(script)
        report = self.bench("-n", 10, "-c", 1, *self.trusted, "-x", proxy.place, "https://localhost/")
        self.assert_all(report, 10)
        self.assertGreaterEqual(proxy.connections, 10)

    def test_redirects(self):
        """From http to https: each goes through its own proxy."""
        plain = self.proxy(answers(message(b"", "302 Found", "Location: https://localhost/there")))
        secure = self.proxy(tunnels())
        env = {"http_proxy": plain.place, "HTTPS_PROXY": secure.place}
        self.assert_all(self.bench("-n", 10, "-c", 2, *self.trusted, "http://localhost/here", env=env), 10)
        self.assertTrue(all(request.startswith(b"GET http://localhost/here ") for request in plain.requests))
        self.assertTrue(all(request.startswith((b"CONNECT localhost:443 ", b"GET /there ")) for request in secure.requests))
        # A redirect between two http targets keeps the proxy.
        plain = self.proxy(lambda conversation: [
            conversation.send(message() if b"/there" in request else message(b"", "302 Found", "Location: http://b.test/there"))
            for request in iter(conversation.request, None)])
        report = self.bench("-n", 10, "-c", 2, "--redirect-hosts", "-x", f"u:p@127.0.0.1:{plain.port}", "http://a.test/here")
        self.assert_all(report, 10)
        self.assertEqual({request.split(b"\r\n")[0] for request in plain.requests},
                         {b"GET http://a.test/here HTTP/1.1", b"GET http://b.test/there HTTP/1.1"})
        self.assertTrue(all(b"\r\nProxy-Authorization: Basic dTpw\r\n" in request for request in plain.requests))

    def test_redirect_to_a_target_without_proxy(self):
        plain = self.proxy(answers(message(b"", "302 Found", "Location: https://localhost/there")))
        report = self.bench("-n", 4, "-c", 1, "http://localhost/", env={"http_proxy": plain.place, "https_proxy": "socks5://h:1"})
        self.assert_all(report, 4, 302)
        self.assertIn("a proxy from the environment", report["notes"][0])


# ---- real proxies ----

class Tinyproxy(harness.Server):
    program = "tinyproxy"

    def __init__(self, more=""):
        self.more = more
        super().__init__()

    def command(self):
        config = self.write("tinyproxy.conf", f"Port {self.ports[0]}\nListen 127.0.0.1\nTimeout 60\nMaxClients 200\n"
                                              f"LogLevel Critical\n{self.more}\n")
        return [shutil.which(self.program), "-d", "-c", config]


class Squid(harness.Server):
    """Started by root, squid changes to another user."""
    program = "squid"

    def command(self):
        os.chmod(self.folder, 0o777)
        config = self.write("squid.conf", f"""
            http_port 127.0.0.1:{self.ports[0]}
            pid_filename none
            access_log none
            cache_log {self.path("cache.log")}
            cache deny all
            netdb_filename none
            coredump_dir {self.folder}
            shutdown_lifetime 0 seconds
            http_access allow all
            """)
        return [shutil.which(self.program), "-N", "-f", config]


class Servers(Proxied):
    def through(self, proxy, connections_kept):
        plain, secure = self.serve(), self.serve(secure=True)
        report = self.bench("-n", 200, "-c", 10, "-x", proxy.url, plain.url)
        self.assert_all(report, 200)
        if connections_kept:
            self.assertEqual(report["phases"]["connect"]["count"], 10)
        report = self.bench("-n", 200, "-c", 10, "-x", proxy.url, secure.url)
        self.assert_all(report, 200)
        self.assertEqual(report["tls"]["handshakes"], 10)
        # Connections move between workers.
        report = self.bench("-z", "300ms", "-c", 10, "-w", 1, "-x", proxy.url, secure.url, env={"VASTAR_SWING_WORKERS": "3"})
        self.assertEqual(report["summary"]["errors"], 0, report["error_examples"])
        self.assert_all(self.bench("-n", 50, "-c", 5, "--disable-keepalive", "-x", proxy.url, secure.url), 50)

    def test_tinyproxy(self):
        proxy = Tinyproxy()
        self.addCleanup(proxy.stop)
        self.through(proxy, connections_kept=False)

    def test_tinyproxy_refuses(self):
        proxy = Tinyproxy("BasicAuth user secret\nConnectPort 1")
        self.addCleanup(proxy.stop)
        server = self.serve()
        self.fails("-x", proxy.url, "https://127.0.0.1:1/", why="407 to CONNECT, it needs a user and password")
        url = proxy.url.replace("//", "//user:secret@")
        self.assert_all(self.bench("-n", 20, "-c", 2, "-x", url, server.url), 20)
        self.fails("-x", url, "https://127.0.0.1:2/", why="403 to CONNECT, it forbids this target")

    def test_squid(self):
        proxy = Squid()
        self.addCleanup(proxy.stop)
        self.through(proxy, connections_kept=True)
        port = harness.free_port()
        self.fails("-x", proxy.url, f"https://127.0.0.1:{port}/", why="503 to CONNECT, it cannot reach the target")


if __name__ == "__main__":
    main()
