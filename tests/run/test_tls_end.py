#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""How a TLS connection ends, as the peer sees it: with close_notify, or with an alert that names the failure."""
import functools
import ssl
import threading

import tls
from harness import Case, main, message, vastar, wait_for


class End(Case):
    @classmethod
    def setUpClass(cls):
        cls.ca = tls.authority()

    def context(self, version, files=None):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*(files or tls.server_files()))
        context.minimum_version = context.maximum_version = getattr(ssl.TLSVersion, version)
        return context

    def peer_of(self, context, response=message()):
        """Answers requests, and records in `ends` how each connection ended."""
        ends, lock = [], threading.Lock()

        def note(what):
            with lock:
                ends.append(what)

        def script(conversation):
            channel = tls.Channel(conversation.sock, context)
            try:
                note(self.talk(channel, response))
            except ssl.SSLError as error:
                note(error.reason)
        peer = self.peer(script)
        peer.url, peer.ends = f"https://127.0.0.1:{peer.port}", ends
        return peer

    @staticmethod
    def talk(channel, response):
        step = channel.tls.do_handshake
        while True:
            try:
                data = step()
            except ssl.SSLWantReadError:
                channel.flush()
                if not channel.fill():
                    return "cut in the handshake" if step == channel.tls.do_handshake else "cut"
                continue
            if data == b"":  # how Python reports close_notify
                return "close_notify"
            if data is None:
                channel.flush()
            else:
                channel.send(response)
            step = functools.partial(channel.tls.read, 65536)

    def ends(self, peer, count):
        wait_for(lambda: len(peer.ends) >= count, f"{count} connections have ended")
        return peer.ends

    def test_close_notify(self):
        for version in "TLSv1_2", "TLSv1_3":
            for options, least in (((), 3), (("--disable-keepalive",), 30), (("-z", "0.2s"), 3),
                                   (("-z", "0.2s", "--new-connections", "100"), 4)):
                with self.subTest(version=version, options=options):
                    peer = self.peer_of(self.context(version))
                    report = self.bench("--cacert", self.ca.file, "-n", 30, "-c", 3, *options, peer.url)
                    self.assertEqual(report["summary"]["errors"], 0)
                    ended = set(self.ends(peer, least))
                    if "--new-connections" in options:  # on a busy machine the run ends in the handshake of one
                        ended.discard("cut in the handshake")
                    self.assertEqual(ended, {"close_notify"})

    def test_close_notify_after_connection_close(self):
        peer = self.peer_of(self.context("TLSv1_3"), message(b"hello", "200 OK", "Connection: close"))
        report = self.bench("--cacert", self.ca.file, "-n", 10, "-c", 2, peer.url)
        self.assert_all(report, 10)
        self.assertEqual(set(self.ends(peer, 10)), {"close_notify"})

    def test_alerts(self):
        stranger = tls.Authority("A stranger")
        for files, reason in ((stranger.issue("stranger"), "TLSV1_ALERT_UNKNOWN_CA"),
                              (self.ca.issue("expired", days=-1), "SSLV3_ALERT_CERTIFICATE_EXPIRED"),
                              (self.ca.issue("other", "DNS:a.test"), "SSLV3_ALERT_BAD_CERTIFICATE")):
            for version in "TLSv1_2", "TLSv1_3":
                with self.subTest(reason=reason, version=version):
                    peer = self.peer_of(self.context(version, files))
                    run = vastar("--cacert", self.ca.file, "-n", 2, "-c", 1, peer.url)
                    self.assertEqual(run.status, 1, run)
                    self.assertEqual(set(self.ends(peer, 2)), {reason})


if __name__ == "__main__":
    main()
