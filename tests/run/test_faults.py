#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""Faults of the network, the server and the machine: each is counted by kind, in bounded time, and nothing is lost."""
import itertools
import os
import re
import resource
import signal
import socket
import subprocess
import threading
import time
import unittest

import html_page
from harness import (Case, VASTAR, answers, finish, free_port, interrupt_after, main, message, once, sanitized, start, vastar,
                     wait_for)

CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
HEAD = b"HTTP/1.1 200 OK\r\n"


class Sentences(Case):
    """Each way to break RFC 9112 has its own message, which quotes the wrong bytes."""

    def says(self, data, sentence):
        report = self.bench("-n", 2, "-c", 1, self.peer(once(data)).url, status=1)
        self.assertEqual(report["errors"]["protocol"], 2)
        self.assertEqual(report["error_examples"], [f"protocol: {sentence}"])

    def test_status_line(self):
        self.says(b"SSH-2.0-x\r\n", "status line 'SSH-2.0-x' is not HTTP")

    def test_version(self):
        self.says(b"HTTP/2.0 200 OK\r\n\r\n", "version in 'HTTP/2.0 200 OK' is not HTTP/1.0 or HTTP/1.1")

    def test_status_code(self):
        for code in (b"20x", b"99", b"600", b"2000"):
            self.says(b"HTTP/1.1 " + code + b" OK\r\n\r\n",
                      f"status code in 'HTTP/1.1 {code.decode()} OK' is not three digits from 100 to 599")

    def test_no_colon(self):
        self.says(HEAD + b"Content-Length\r\n\r\n", "header line 'Content-Length' has no colon")

    def test_space_before_the_colon(self):
        self.says(HEAD + b"Content-Length : 5\r\n\r\nhello", "header 'Content-Length ' has a space before its colon")

    def test_name_not_a_token(self):
        self.says(HEAD + b"Con(tent: 5\r\n\r\n", "header name in 'Con(tent' is not a token")

    def test_nul_in_a_header(self):
        self.says(HEAD + b"X: a\0b\r\n\r\n", "header 'X: a\\x00' holds a NUL or other control byte")

    def test_escape_sequence_is_made_printable(self):
        self.says(HEAD + b"X: \x1b[31mred\r\n\r\n", "header 'X: \\x1B' holds a NUL or other control byte")

    def test_bare_cr(self):
        self.says(HEAD + b"X: a\rb\r\n\r\n", "line 'X: a\\x0Db' has a CR without LF")

    def test_length_not_a_number(self):
        for value in ("-5", "5x", "0x10", "1e3"):
            self.says(HEAD + f"Content-Length: {value}\r\n\r\n".encode(), f"Content-Length '{value}' is not a number")

    def test_length_too_large(self):
        self.says(HEAD + b"Content-Length: 99999999999999999999\r\n\r\n",
                  "Content-Length '99999999999999999999' is too large")

    def test_conflicting_lengths(self):
        self.says(HEAD + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello!", "two Content-Length headers differ ('6')")

    def test_chunk_size(self):
        self.says(CHUNKED + b"XY\r\nhello\r\n", "chunk size 'XY' is not hexadecimal")

    def test_chunk_size_too_large(self):
        self.says(CHUNKED + b"fffffffffffffffff\r\n", "chunk size 'fffffffffffffffff' is too large")

    def test_chunk_without_crlf(self):
        self.says(CHUNKED + b"5\r\nhelloXX", "no CRLF after a chunk (found 'XX')")

    def test_trailer(self):
        self.says(CHUNKED + b"0\r\nno colon\r\n\r\n", "trailer 'no colon' is malformed")

    def test_unrequested_upgrade(self):
        self.says(b"HTTP/1.1 101 Switching Protocols\r\n\r\n", "101 Switching Protocols was not requested")

    def test_head_of_65_kib(self):
        self.says(HEAD + (b"X: " + b"y" * 1000 + b"\r\n") * 66, "head or trailers are larger than 64 KiB")

    def test_trailers_of_65_kib(self):
        self.says(CHUNKED + b"0\r\n" + (b"X: " + b"y" * 1000 + b"\r\n") * 66, "head or trailers are larger than 64 KiB")

    def test_chunk_line_of_65_kib(self):
        report = self.bench("-n", 1, "-c", 1, self.peer(once(CHUNKED + b"5;" + b"x" * 70000 + b"\r\nhello\r\n0\r\n\r\n")).url,
                            status=1)
        self.assertEqual(report["errors"]["protocol"], 1)
        self.assertIn("is too long or malformed", report["error_examples"][0])

    def test_one_example_of_each_kind(self):
        """A hundred failures of two kinds: the text report has two examples, each with its count."""
        def script(conversation):
            if conversation.request() is not None:
                conversation.send(b"nonsense\r\n" if conversation.number % 2 else HEAD + b"no colon\r\n\r\n")
        run = vastar("-n", 100, "-c", 1, self.peer(script).url)
        self.assertEqual(run.status, 1, run)
        self.assertIn("50 x status line 'nonsense' is not HTTP", run.out)
        self.assertIn("50 x header line 'no colon' has no colon", run.out)


class Decided(Case):
    """Where the RFC leaves a choice (src/proto/h1_head.c cites the sections)."""

    def passes(self, data):
        self.assert_all(self.bench("-n", 4, "-c", 1, self.peer(answers(data)).url), 4)

    def test_lines_that_end_in_lf(self):
        self.passes(b"HTTP/1.1 200 OK\nContent-Length: 5\n\nhello")

    def test_folded_line(self):
        self.passes(HEAD + b"X: a\r\n  b\r\nContent-Length: 5\r\n\r\nhello")

    def test_equal_lengths_in_one_line(self):
        self.passes(HEAD + b"Content-Length: 5, 5\r\n\r\nhello")

    def test_chunk_extension(self):
        self.passes(CHUNKED + b'5 ; a = "b"\r\nhello\r\n0\r\n\r\n')


class Connect(Case):
    def only_connect_errors(self, *arguments, example, count=4, **more):
        report = self.bench("-n", count, "-c", 2, *arguments, status=1, **more)
        self.assertEqual(report["errors"]["connect"], count)
        self.assertEqual(report["summary"]["connections_open"], 0)
        self.assertIn(example, " ".join(report["error_examples"]))
        return report

    def test_refused(self):
        report = self.only_connect_errors(f"http://127.0.0.1:{free_port()}/", example="connection refused")
        self.assertLess(report["summary"]["total_s"], 10)

    def test_unreachable(self):
        """In a network namespace in which even loopback is down."""
        try:
            probe = subprocess.run(["unshare", "-n", "true"], capture_output=True, check=False)
        except FileNotFoundError:
            self.skipTest("no unshare(1)")
        if probe.returncode:
            self.skipTest("not allowed to make a network namespace")
        run = subprocess.run(["unshare", "-n", VASTAR, "-n", "4", "-c", "2", "http://127.0.0.1:9/"], capture_output=True,
                             text=True, timeout=60, check=False)
        self.assertEqual(run.returncode, 1, run)
        self.assertIn("[connect] 4 requests", run.stdout)
        self.assertIn("network is unreachable", run.stdout)

    def test_timed_out(self):
        """A listener that never accepts and whose backlog is full."""
        with socket.create_server(("127.0.0.1", 0), backlog=0) as listener:
            port = listener.getsockname()[1]
            with socket.create_connection(("127.0.0.1", port)):
                report = self.only_connect_errors("-t", "200ms", f"http://127.0.0.1:{port}/", example="timed out while connecting")
        self.assertGreaterEqual(report["error_ages_s"]["connect"]["p50"], 0.2)

    def test_unknown_name(self):
        run = vastar("-n", 2, "-c", 1, "http://no-such-host.invalid/")
        self.assertEqual((run.status, run.out), (1, ""), run)
        self.assertRegex(run.err, r"^vastar: .*no-such-host\.invalid.*\n$")

    def test_dead_target_ends_a_run_by_number(self):
        begin = time.monotonic()
        report = self.only_connect_errors(f"http://127.0.0.1:{free_port()}/", example="never tried", count=1000)
        self.assertGreaterEqual(report["summary"]["total_s"], 1.9)
        self.assertLess(time.monotonic() - begin, 30)

    def test_no_hot_loop(self):
        """Back-off from 1 ms to 1 s: each connection makes a few attempts at a dead target, not thousands."""
        report = self.bench("-z", "1s", "-c", 2, f"http://127.0.0.1:{free_port()}/", status=1)
        self.assertGreater(report["errors"]["connect"], 2)
        self.assertLess(report["errors"]["connect"], 40)


class Outage(Case):
    def test_server_dies_and_comes_back(self):
        first = self.serve()
        address = f"127.0.0.1:{first.port}"
        process = start("-z", "60s", "-c", 4, "-o", "json", first.url)
        wait_for(lambda: first.counts()["requests"] > 100, "the run is in progress")
        first.stop()
        time.sleep(0.3)  # the length of the outage, not a wait for a condition
        second = self.serve(address=address)
        interrupt_after(process, lambda: second.counts()["requests"] > 100)
        run = finish(process)
        self.assertEqual(run.status, 130, run)
        report = self.report(run)
        self.assertGreater(report["status_codes"]["200"], 200)
        self.assertGreater(report["errors"]["connect"], 0)
        self.assertLess(report["errors"]["connect"], 200)
        self.assertGreater(report["client"]["oddities"]["reconnect"] if "oddities" in report["client"] else 1, 0)

    def test_frozen_server_and_the_drain_cap(self):
        """The server freezes before the deadline: the run still ends after the drain cap."""
        server = self.serve()
        self.addCleanup(server.process.send_signal, signal.SIGCONT)
        for seconds in (1, 4, 16):
            before, counted = time.monotonic(), server.counts()["requests"]
            process = start("-z", f"{seconds}s", "-c", 4, "--drain-cap", "300ms", "-o", "json", server.url)
            wait_for(lambda: server.counts()["requests"] > counted + 100, "the run is in progress")
            server.process.send_signal(signal.SIGSTOP)
            frozen_in = time.monotonic() - before
            report = self.report(finish(process))
            server.process.send_signal(signal.SIGCONT)
            if frozen_in < seconds:
                break
        self.assertEqual(report["summary"]["drain_aborted"], 4)
        self.assertGreaterEqual(report["summary"]["drain_s"], 0.3)
        self.assertEqual(report["summary"]["errors"], 0)

    def test_nothing_is_sent_after_the_deadline(self):
        server = self.serve("--delay", "20ms")
        report = self.bench("-z", "300ms", "-c", 5, server.url)
        self.assertEqual(server.counts()["requests"], report["summary"]["requests"])
        self.assertEqual(report["summary"]["drain_aborted"], 0)

    def test_reset_while_draining(self):
        resets = threading.Event()

        def script(conversation):
            conversation.request()
            resets.wait(60)
            conversation.reset()
        peer = self.peer(script)
        process = start("-z", "200ms", "-c", 3, "--drain-cap", "30s", "-o", "json", "-m", "POST", peer.url)
        wait_for(lambda: len(peer.requests) == 3, "all are waiting")
        time.sleep(0.4)  # beyond the deadline, which cannot be observed from outside
        resets.set()
        run = finish(process)
        self.assertEqual(run.status, 1, run)
        report = self.report(run)
        self.assertEqual((report["errors"]["reset"], report["summary"]["drain_aborted"]), (3, 0))

    def test_half_closed_peer(self):
        """The peer shuts down its sending side and continues to read."""
        def script(conversation):
            if conversation.request() is not None:
                conversation.send(message())
                conversation.sock.shutdown(socket.SHUT_WR)
                while conversation.request() is not None:
                    pass
        peer = self.peer(script)
        report = self.bench("-n", 20, "-c", 2, peer.url)
        self.assert_all(report, 20)
        self.assertEqual(len(peer.requests), 20 + report["summary"]["retried"])

    def test_response_trickles_in(self):
        """The timeout is for the whole response, even if bytes keep coming."""
        def script(conversation):
            if conversation.request() is None:
                return
            for byte in message(b"x" * 100):  # for three seconds
                conversation.send(bytes([byte]))
                time.sleep(0.02)
        report = self.bench("-n", 2, "-c", 2, "-t", "300ms", self.peer(script).url, status=1)
        self.assertEqual(report["errors"]["timeout"], 2)
        self.assertLess(report["error_ages_s"]["timeout"]["max"], 5)

    def late(self, script, text, *options):
        """All requests time out, and the example says at which stage."""
        report = self.bench("-n", 4, "-c", 2, "-t", "300ms", *options, self.peer(script).url, status=1)
        self.assertEqual(report["errors"]["timeout"], 4, report["errors"])
        self.assertRegex(report["error_examples"][0], r"^timeout: no complete response within 0\.3 s: " + text + "$")
        return report

    def after(self, *parts):
        def script(conversation):
            if conversation.request() is not None:
                for part in parts:
                    conversation.send(part)
                conversation.wait_closed()
        return script

    def test_timeout_before_the_first_byte(self):
        for options in ((), ("--pipeline", 2)):
            self.late(self.after(), "waiting for its first byte", *options)

    def test_timeout_in_the_head(self):
        self.late(self.after(b"HTTP/1.1 200 OK\r\nContent-Le"), "in its head")

    def test_timeout_in_the_body(self):
        for options in ((), ("--pipeline", 2)):
            self.late(self.after(HEAD + b"Content-Length: 100\r\n\r\n", b"x" * 20), "in its body, after 20 of 100 bytes", *options)
        self.late(self.after(HEAD + b"Transfer-Encoding: chunked\r\n\r\n14\r\n", b"x" * 20), "in its body, after 20 bytes")

    def test_timeout_without_a_length(self):
        """What is wrong is what the server does, and not that it is slow."""
        peer = self.peer(self.after(HEAD + b"\r\n", b"x" * 20))
        run = vastar("-n", 2, "-c", 2, "-t", "300ms", peer.url)
        self.assertIn("no complete response within 0.3 s: the response has no length and the connection stayed open: "
                      "20 bytes of body so far", run.out)
        self.assertIn("It needs a Content-Length or chunks, or has to close the connection.", run.out + run.err)
        self.assertNotIn("-t too short", run.out + run.err)

    def test_timeout_while_sending(self):
        """The kernel takes what fits into the sockets' buffers; the peer reads nothing."""
        size = 20_000_000
        path = os.path.join(self.folder(), "body")
        with open(path, "wb") as file:
            file.write(b"x" * size)
        over = threading.Event()
        peer = self.peer(lambda conversation: over.wait(60) and None)
        self.addCleanup(over.set)  # before the peer stops, which waits for its threads
        for options in ((), ("--pipeline", 2)):
            report = self.bench("-n", 4, "-c", 2, "-t", "300ms", "-m", "POST", "-D", path, *options, peer.url, status=1)
            self.assertEqual(report["errors"]["timeout"], 4, report["errors"])
            done, total = map(int, re.search(r"within 0\.3 s: still sending, after (\d+) of (\d+) bytes of the request$",
                                             report["error_examples"][0]).groups())
            self.assertGreater(done, 10_000)
            self.assertLess(done, size)
            self.assertGreater(total, size)

    def test_retried_requests_are_in_the_servers_count(self):
        server = self.serve("--close-after", 7)
        report = self.bench("-n", 500, "-c", 5, server.url)
        self.assert_all(report, 500)
        self.assertEqual(server.counts()["requests"], 500)

    def test_all_requests_are_sent_when_some_fail(self):
        def script(conversation):
            while conversation.request() is not None:
                if conversation.requests == 3:
                    return conversation.reset()
                conversation.send(message())
        peer = self.peer(script)
        report = self.bench("-n", 90, "-c", 1, "-m", "POST", "-d", "x", peer.url)
        self.assertEqual((report["status_codes"]["200"], report["errors"]["reset"]), (60, 30))
        self.assertEqual(len(peer.requests), 90)


class Machine(Case):
    """Faults of this machine."""

    def limited(self, what, value):
        return lambda: resource.setrlimit(what, (value, value))

    def test_short_sends(self):
        """10 MB do not fit into a socket's buffer."""
        server = self.serve()
        path = os.path.join(self.folder(), "body")
        with open(path, "wb") as file:
            file.write(b"x" * 10_000_000)
        report = self.bench("-n", 8, "-c", 4, "-m", "POST", "-D", path, server.url)
        self.assert_all(report, 8)
        self.assertEqual(server.counts()["body_bytes"], 80_000_000)

    def test_no_buffers(self):
        """A burst on every connection brings more bytes than there are buffers."""
        body = b"z" * 60000
        peer = self.peer(answers(HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + b"ea60\r\n" + body + b"\r\n0\r\n\r\n"))
        report = self.bench("-n", 2000, "-c", 200, peer.url)
        self.assert_all(report, 2000)
        self.assertEqual(report["summary"]["bytes"], 2000 * 60000)

    def test_queues_that_overflow(self):
        """Ten thousand responses at once, on a ring with room for 4,000 completions and 1,000 submissions."""
        hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        if hard < 10200:
            self.skipTest(f"the hard limit of descriptors is {hard}")
        server = self.serve("--delay", "300ms")
        report = self.bench("-n", 20000, "-c", 10000, "-w", 1, server.url)
        self.assert_all(report, 20000)
        self.assertEqual(server.counts()["requests"], 20000)
        self.assertGreater(report["client"]["oddities"]["cq_overflow"], 0)
        self.assertGreater(report["client"]["oddities"]["sq_full"], 0)

    @unittest.skipIf("JUMP_CLOCK_SO" not in os.environ or sanitized(), "a sanitizer must be loaded first")
    def test_the_wall_clock_jumps(self):
        """The wall clock gives the date only; no measurement uses it."""
        run = vastar("-z", "500ms", "-c", 5, "-o", "json", self.serve().url, env={"LD_PRELOAD": os.environ["JUMP_CLOCK_SO"]})
        self.assertEqual(run.status, 0, run)
        report = self.report(run)
        self.assertEqual(report["summary"]["total_s"], 0.5)
        self.assertLess(report["summary"]["slowest_s"], 60)
        self.assertEqual(report["summary"]["errors"], 0)

    def test_few_descriptors(self):
        run = finish(start("-n", 100, "-c", 100, "http://127.0.0.1:9/", preexec_fn=self.limited(resource.RLIMIT_NOFILE, 60))
                     if os.geteuid() else start("-n", 1, "-c", 1, "http://127.0.0.1:9/"))
        self.assertEqual(run.status, 1, run)
        if os.geteuid():
            self.assertRegex(run.err, r"^vastar: 100 connections need \d+ file descriptors: the hard limit is 60 ")

    def test_stdout_full(self):
        with open("/dev/full", "w") as full:
            run = finish(start("-n", 10, "-c", 1, self.serve().url, stdout=full))
        self.assertEqual(run.status, 1, run)
        self.assertRegex(run.err, r"^vastar: .*[Nn]o space left on device.*\n$")

    def test_stdout_closed(self):
        reader, writer = os.pipe()
        os.close(reader)
        run = finish(start("-n", 10, "-c", 1, self.serve().url, stdout=writer))
        os.close(writer)
        self.assertEqual(run.status, 1, run)
        self.assertRegex(run.err, r"^vastar: .*[Bb]roken pipe.*\n$")

    def test_stop_and_continue(self):
        """Stopped by a signal for a moment, like Ctrl-Z: nothing is lost (EINTR)."""
        server = self.serve()
        process = start("-n", 20000, "-c", 10, "-o", "json", server.url)
        wait_for(lambda: server.counts()["requests"] > 100, "the run is in progress")
        for _ in range(5):
            process.send_signal(signal.SIGSTOP)
            process.send_signal(signal.SIGCONT)
        report = self.report(finish(process))
        self.assert_all(report, 20000)

    def test_no_descriptor_leaks(self):
        """A new connection for every request, with a low limit of descriptors."""
        server = self.serve()
        report = self.bench("-n", 3000, "-c", 10, "--disable-keepalive", server.url,
                            preexec_fn=self.limited(resource.RLIMIT_NOFILE, 150))
        self.assert_all(report, 3000)

    def failing_allocations(self, *arguments, url=None, every=1):
        """Lets the first allocation fail, then the second, and so on: the run ends with a message, or does without.

        The run itself makes fewer than 100 allocations. A JSON tree makes a thousand more, all through the same few
        functions: after the first 100, only every `every`-th one fails.
        """
        url = url or self.serve().url
        folder = self.folder()
        for number in itertools.chain(range(1, 100), range(100, 5000, every)):
            mark = os.path.join(folder, str(number))
            run = vastar("-n", 20, "-c", 2, "-w", 2, "-m", "POST", "-d", "x", *arguments, url,
                         env={"LD_PRELOAD": os.environ["FAIL_ALLOC_SO"], "FAIL_ALLOC": str(number), "FAIL_ALLOC_MARK": mark})
            self.assertIn(run.status, (0, 1), f"allocation {number}: {run}")
            if run.status:
                self.assertRegex(run.err, r"^vastar: [^\n]+\n$", f"allocation {number}: {run}")
            yield run
            if not os.path.exists(mark):
                break
        self.assertLess(number, 4900)

    def every_allocation_fails_once(self, *arguments, **how):
        """No crash, no hang, no partial report, no wrong total."""
        refused = 0
        for run in self.failing_allocations(*arguments, **how):
            if run.status:
                self.assertEqual(run.out, "", run)
                refused += 1
            else:
                yield run
        self.assertGreater(refused, 20)

    @unittest.skipIf("FAIL_ALLOC_SO" not in os.environ or sanitized(), "a sanitizer has its own malloc")
    def test_every_allocation_fails_once_json(self):
        for run in self.every_allocation_fails_once("-o", "json", "--slo-target", "p99=1h"):
            self.assert_all(self.report(run), 20)

    @unittest.skipIf("FAIL_ALLOC_SO" not in os.environ or sanitized(), "a sanitizer has its own malloc")
    def test_every_allocation_fails_once_csv(self):
        for run in self.every_allocation_fails_once("-o", "csv", "--percentiles", "50,99.5"):
            self.assertRegex(run.out, r"^started_at,[^\n]*\r\n[^\n]*,20,20,0,0,0,[^\n]*\r\n$")

    @unittest.skipIf("FAIL_ALLOC_SO" not in os.environ or sanitized(), "a sanitizer has its own malloc")
    def test_every_allocation_fails_once_by_status(self):
        """With the sections for classes of status codes."""
        def script(conversation):
            while conversation.request() is not None:
                conversation.send(message() if conversation.requests % 2 else message(b"no", "503 Overloaded"))
        url = self.peer(script).url
        for run in self.every_allocation_fails_once("-o", "json", url=url, every=7):
            self.assertEqual(list(self.report(run)["latency_by_status"]), ["2xx", "5xx"])
        for run in self.every_allocation_fails_once(url=url):
            self.assertRegex(run.out, r"Response time by status:\n  \[2xx\] \d+: p50 .*\n  \[5xx\] \d+: p50 ")

    @unittest.skipIf("FAIL_ALLOC_SO" not in os.environ or sanitized(), "a sanitizer has its own malloc")
    def test_every_allocation_fails_once_files(self):
        """A file is either complete or absent."""
        folder = self.folder()
        path = os.path.join(folder, "a")
        for format in ("ndjson", "csv-intervals"):
            for run in self.failing_allocations("--out", f"{format}={path}", every=7):
                self.assertEqual(os.listdir(folder), [] if run.status and not os.path.exists(path) else ["a"], run)
                if os.path.exists(path):
                    with open(path) as file:
                        self.assertRegex(file.read(), r"\A[^\n]+\n([^\n]+\n)+\Z")
                    os.unlink(path)

    @unittest.skipIf("FAIL_ALLOC_SO" not in os.environ or sanitized(), "a sanitizer has its own malloc")
    def test_every_allocation_fails_once_text(self):
        for run in self.every_allocation_fails_once("-v"):
            self.assertIn("[200] 20 responses", run.out)
            self.assertTrue(run.out.rstrip().splitlines()[-1].strip(), run)

    @unittest.skipIf("FAIL_ALLOC_SO" not in os.environ or sanitized(), "a sanitizer has its own malloc")
    def test_every_allocation_fails_once_html(self):
        for run in self.every_allocation_fails_once("-o", "html"):
            self.assertEqual(html_page.check(self, run.out).cards()["Responses"], "20")


class Verbose(Case):
    def test_counters_are_always_shown(self):
        run = vastar("-n", 10, "-c", 1, "-v", self.serve().url)
        for name in ("no buffers", "multishot ended", "short send", "cq overflow", "sq full", "reconnect"):
            self.assertRegex(run.out.lower().replace("_", " "), name + r":\s+\d", name)


class Secrets(Case):
    SECRET = "s3cr3t-value"

    def test_not_in_reports(self):
        url = self.serve().url
        for arguments in (("-a", f"user:{self.SECRET}"), ("-H", f"Authorization: Bearer {self.SECRET}"),
                          (f"-HX-Api-Key: {self.SECRET}",), (f"--header=Cookie: a={self.SECRET}",),
                          ("-x", f"http://user:{self.SECRET}@127.0.0.1:9", "--no-proxy", "*")):
            for output in ((), ("-o", "json"), ("-v",), ("-o", "html")):
                run = vastar("-n", 2, "-c", 1, *arguments, *output, url)
                self.assertEqual(run.status, 0, run)
                for encoded in (self.SECRET, "dXNlcjpzM2NyM3QtdmFsdWU="):
                    self.assertNotIn(encoded, run.out + run.err)

    def test_status_text_does_not_reach_the_terminal(self):
        run = vastar("-n", 2, "-c", 1, self.peer(answers(b"HTTP/1.1 200 \xff\xfeOK\r\nContent-Length: 0\r\n\r\n")).url)
        self.assertNotIn("\ufffd", run.out)
        run = vastar("-n", 1, "-c", 1, self.peer(once(b"\x1b]0;title\x07\r\n")).url)
        self.assertNotIn("\x1b", run.out + run.err)


class Hardening(Case):
    def test_built_with_it(self):
        """Position-independent, read-only relocations, all bound at start, according to the ELF header and dynamic section."""
        try:
            run = subprocess.run(["readelf", "-Wlhd", VASTAR], capture_output=True, text=True, check=True)
        except FileNotFoundError:
            self.skipTest("no readelf")
        self.assertRegex(run.stdout, r"Type:\s+DYN")
        self.assertIn("GNU_RELRO", run.stdout)
        self.assertRegex(run.stdout, r"BIND_NOW|FLAGS.*NOW")
        self.assertRegex(run.stdout, r"GNU_STACK.* RW ")
        symbols = subprocess.run(["readelf", "-Ws", "--dyn-syms", VASTAR], capture_output=True, text=True, check=True).stdout
        self.assertIn("__stack_chk_fail", symbols)
        mode = os.stat(VASTAR).st_mode
        self.assertEqual(mode & 0o6000, 0)


if __name__ == "__main__":
    main()
