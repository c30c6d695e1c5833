#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""--pipeline: several requests in flight on one connection, against scripted peers and real servers."""
import collections
import csv
import json
import os
import socket
import threading
import time

from harness import LIMIT, Case, Nginx, answers, finish, interrupt_after, main, message, start, vastar

HELLO = message()
LAST = message(b"bye", "200 OK", "Connection: close")


def numbered(conversation):
    """Answers each request. The body is the number of requests on this connection."""
    while conversation.request() is not None:
        conversation.send(message(b"%d" % conversation.requests))


def take(conversation, count):
    """Waits for `count` requests. False if the client closes before."""
    return all(conversation.request() is not None for _ in range(count))


class Responses(Case):
    """However the responses are cut, each belongs to the oldest request."""

    def all_answered(self, script, count=64, depth=8, *more, code=200):
        peer = self.peer(script)
        report = self.bench("-n", count, "-c", 1, "--pipeline", depth, *more, peer.url)
        self.assert_all(report, count, code)
        self.assertEqual(report["summary"]["retried"], 0)
        self.assertEqual(len(peer.requests), count)
        self.assertEqual(report["params"]["pipeline"], depth)
        return report, peer

    def test_one_at_a_time(self):
        """A server that reads the next request only after it has answered the one before."""
        report, _ = self.all_answered(numbered)
        self.assertEqual(report["client"]["oddities"]["early_answer"], 0)

    def test_all_requests_before_the_first_response(self):
        """The server waits for N requests, which proves that N are in flight, and answers all in one segment."""
        def script(conversation):
            while take(conversation, 8):
                conversation.send(HELLO * 8)
        self.all_answered(script)

    def test_never_more_than_n(self):
        seen = []

        def script(conversation):
            while take(conversation, 8):
                seen.append(conversation.buffer)  # what has arrived after them
                conversation.send(HELLO * 8)
        self.all_answered(script)
        self.assertEqual(set(seen), {b""})

    def test_one_byte_at_a_time(self):
        def script(conversation):
            while take(conversation, 4):
                conversation.trickle(HELLO * 4)
        self.all_answered(script, 16, 4)

    def test_cut_anywhere(self):
        """Two responses in two segments, cut at each possible place."""
        pair = message(b"a") + message(b"bc", "404 Not Found")
        cuts = iter(range(1, len(pair)))

        def script(conversation):
            while take(conversation, 2):
                cut = next(cuts, len(pair))
                conversation.send(pair[:cut])
                conversation.send(pair[cut:])
        count = 2 * len(pair)
        report = self.bench("-n", count, "-c", 1, "--pipeline", 2, self.peer(script).url)
        self.assertEqual(report["status_codes"], {"200": count // 2, "404": count // 2})
        self.assertEqual(report["summary"]["bytes"], 3 * count // 2)
        self.assertEqual(report["summary"]["stray"], 0)

    def test_chunked_and_interim_responses_in_one_segment(self):
        chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;x=y\r\nhello\r\n0\r\nT: v\r\n\r\n"
        interim = b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"

        def script(conversation):
            while take(conversation, 4):
                conversation.send(chunked + interim + HELLO + interim + interim + chunked + HELLO)
        report, _ = self.all_answered(script, 64, 4)
        self.assertEqual(report["summary"]["bytes"], 64 * 5)

    def test_responses_without_a_body(self):
        def script(conversation):
            while take(conversation, 2):
                conversation.send(b"HTTP/1.1 204 No Content\r\n\r\n" * 2)
        self.all_answered(script, code=204)

    def test_head(self):
        report, peer = self.all_answered(answers(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"), 64, 8, "-m", "HEAD")
        self.assertEqual(report["summary"]["bytes"], 0)
        self.assertTrue(all(request.startswith(b"HEAD /") for request in peer.requests))

    def test_long_bodies(self):
        """Long bodies are not received into the small buffers, in which responses end and begin."""
        def script(conversation):
            while take(conversation, 4):
                conversation.send(message(b"x" * 100000) + message(b"") + message(b"y" * 9000) + message(b"z"))
        for features in ("", "all", "trunc_drop"):
            peer = self.peer(script)
            report = self.bench("-n", 400, "-c", 1, "--pipeline", 4, peer.url, env={"VASTAR_DISABLE_FEATURES": features})
            self.assert_all(report, 400)
            self.assertEqual(report["summary"]["bytes"], 100 * 109001)

    def test_long_requests(self):
        """Several requests of 3 kB fit into one send, a request of 1 MB does not. The test checks each byte."""
        for length in (3000, 1000000):
            body = "".join(chr(97 + i % 26) for i in range(length))
            path = os.path.join(self.folder(), "body")
            with open(path, "w") as file:
                file.write(body)
            peer = self.peer(numbered)
            report = self.bench("-n", 32, "-c", 2, "--pipeline", 8, "-m", "PUT", "-D", path, peer.url)
            self.assert_all(report, 32)
            self.assertEqual({request.partition(b"\r\n\r\n")[2] for request in peer.requests}, {body.encode()})
            self.assertEqual(len(peer.requests), 32)

    def test_redirects_are_not_followed(self):
        report, _ = self.all_answered(answers(message(b"", "302 Found", "Location: /elsewhere")), code=302)
        self.assertFalse(report["params"]["follow_redirects"])

    def test_kernel_timestamps(self):
        self.kernel_stamps()
        report, _ = self.all_answered(numbered, 64, 8, "--kernel-timestamps")
        self.assertGreater(report["phases"]["client_queue"]["average_s"], 0)

    def test_times_include_the_wait_behind_other_requests(self):
        """Four requests leave together, with pauses between the responses: each response time contains those before it."""
        def script(conversation):
            while take(conversation, 4):
                for _ in range(4):
                    time.sleep(0.02)  # the delay that the figures must show
                    conversation.send(HELLO)
        path = os.path.join(self.folder(), "requests.csv")
        report = self.bench("-n", 8, "-c", 1, "--pipeline", 4, "--request-log", path, self.peer(script).url)
        self.assert_all(report, 8)
        with open(path, newline="") as file:
            rows = sorted(csv.DictReader(file), key=lambda row: int(row["ordinal"]))
        self.assertEqual([row["ordinal"] for row in rows], [str(n + 1) for n in range(8)])
        times = [float(row["last_byte_s"]) - float(row["sent_s"]) for row in rows]
        for n in range(4):
            self.assertGreaterEqual(times[n], 0.02 * (n + 1) * 0.99)
        self.assertEqual(len({row["sent_s"] for row in rows[:4]}), 1)
        for row in rows:
            self.assertLessEqual(float(row["sent_s"]), float(row["first_byte_s"]))
            self.assertLessEqual(float(row["first_byte_s"]), float(row["last_byte_s"]))


class Endings(Case):
    """The connection ends with requests in flight."""

    def last_after(self, count, last):
        """Answers `count` requests on each connection, the last one with `last`, and closes."""
        def script(conversation):
            for number in range(count):
                if conversation.request() is None:
                    return
                conversation.send(last if number == count - 1 else HELLO)
        return script

    def test_connection_close_in_the_middle(self):
        """The requests after it are sent again, without an error, whatever the method."""
        for method in ("GET", "POST"):
            peer = self.peer(self.last_after(3, LAST))
            report = self.bench("-n", 60, "-c", 1, "--pipeline", 8, "-m", method, peer.url)
            self.assert_all(report, 60)
            self.assertEqual(report["summary"]["bytes"], 40 * 5 + 20 * 3)
            self.assertEqual(peer.connections, 20)
            self.assertEqual(len(peer.requests), 60)
            self.assertGreater(report["summary"]["retried"], 0)

    def test_http_1_0_closes_after_each(self):
        peer = self.peer(self.last_after(1, b"HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhello"))
        self.assert_all(self.bench("-n", 40, "-c", 2, "--pipeline", 4, peer.url), 40)
        self.assertEqual(peer.connections, 40)

    def test_until_close(self):
        peer = self.peer(self.last_after(2, b"HTTP/1.1 200 OK\r\n\r\nto the end"))
        report = self.bench("-n", 40, "-c", 1, "--pipeline", 4, peer.url)
        self.assert_all(report, 40)
        self.assertEqual(report["summary"]["bytes"], 20 * 5 + 20 * 10)

    def test_responses_after_a_close_are_stray(self):
        def script(conversation):
            if take(conversation, 4):
                conversation.send(HELLO + LAST + HELLO)
                conversation.wait_closed()
        peer = self.peer(lambda conversation: (script if conversation.number == 1 else numbered)(conversation))
        report = self.bench("-n", 4, "-c", 1, "--pipeline", 4, peer.url)
        self.assertEqual(report["status_codes"], {"200": 4})
        self.assertEqual(report["summary"]["stray"], 1)
        self.assertEqual(report["summary"]["retried"], 2)

    def test_surplus_after_the_last_response(self):
        def script(conversation):
            if take(conversation, 4):
                conversation.send(HELLO * 4 + b"surplus")
                conversation.wait_closed()
        report = self.bench("-n", 8, "-c", 1, "--pipeline", 4, self.peer(script).url)
        self.assertEqual(report["status_codes"], {"200": 8})
        self.assertEqual(report["summary"]["stray"], 2)
        self.assertEqual(report["summary"]["errors"], 0)

    def broken_third(self, ending, method, depth=8):
        """The first connection answers two requests and breaks the third response. The others answer every request."""
        alone = []

        def script(conversation):
            if conversation.number == 1:
                if take(conversation, depth):
                    conversation.send(HELLO * 2)
                    ending(conversation)
                return
            if conversation.number == 2 and conversation.request() is not None:
                alone.append(conversation.buffer)
                conversation.send(HELLO)
            numbered(conversation)
        peer = self.peer(script)
        report = self.bench("-n", depth, "-c", 1, "--pipeline", depth, "-m", method, peer.url)
        self.assertEqual(report["summary"]["requests"], depth)
        self.assertEqual(len(peer.requests), depth + report["summary"]["retried"])
        self.assertEqual(alone, [b""] if report["summary"]["retried"] else [])  # RFC 9112 section 9.3.2
        return report

    def check_broken_third(self, ending, kind, example):
        report = self.broken_third(ending, "GET")
        self.assertEqual(report["errors"], {**dict.fromkeys(report["errors"], 0), kind: 1}, report["error_examples"])
        self.assertEqual(report["error_examples"], [example])
        self.assertEqual(report["summary"]["retried"], 5)
        report = self.broken_third(ending, "POST")
        self.assertEqual(report["errors"][kind], 6 if kind == "reset" else 1)
        self.assertEqual(report["errors"]["reset"], 6 if kind == "reset" else 5)
        self.assertEqual(sorted(report["error_examples"]), sorted(
            [example, "reset: the connection was lost with an earlier response of its pipeline"]))
        self.assertEqual(report["summary"]["retried"], 0)

    def test_broken_response(self):
        def ending(conversation):
            conversation.send(b"HTTP/1.1 2oo OK\r\n\r\n" + HELLO)
            conversation.wait_closed()
        self.check_broken_third(ending, "protocol",
                                "protocol: status code in 'HTTP/1.1 2oo OK' is not three digits from 100 to 599")

    def test_closed_in_a_response(self):
        self.check_broken_third(lambda conversation: conversation.send(HELLO[:-2]), "reset",
                                "reset: the server closed the connection in the body of the response")

    def test_reset_in_a_response(self):
        def ending(conversation):
            conversation.send(HELLO[:5])
            conversation.reset()
        self.check_broken_third(ending, "reset", "reset: Connection reset by peer in the head of the response")

    def test_closed_between_responses(self):
        """A kept connection ends before the first byte of the third response: all pending requests are sent again."""
        report = self.broken_third(lambda conversation: None, "GET")
        self.assert_all(report, 8)
        self.assertEqual(report["summary"]["retried"], 6)
        report = self.broken_third(lambda conversation: None, "POST")
        self.assertEqual(report["errors"]["reset"], 6)
        self.assertEqual(report["summary"]["retried"], 0)

    def test_sent_again_only_once(self):
        """Each connection answers one request and closes: a request that fails twice is an error. The first request on a
        connection is never sent again."""
        def script(conversation):
            if conversation.request() is not None and conversation.number % 2:
                conversation.send(HELLO)
        peer = self.peer(script)
        report = self.bench("-n", 20, "-c", 1, "--pipeline", 4, peer.url)
        self.assertEqual(report["summary"]["requests"], 20)
        self.assertEqual(report["summary"]["responses"] + report["errors"]["reset"], 20)
        self.assertGreater(report["errors"]["reset"], 0)
        self.assertLessEqual(report["summary"]["retried"], 20)

    def test_no_responses(self):
        """Requests sent together time out together, and none is sent again."""
        peer = self.peer(lambda conversation: conversation.wait_closed())
        report = self.bench("-n", 8, "-c", 1, "--pipeline", 4, "-t", "200ms", peer.url, status=1)
        self.assertEqual(report["errors"]["timeout"], 8)
        self.assertEqual(report["summary"]["retried"], 0)
        self.assertEqual(report["error_examples"], ["timeout: no complete response within 0.2 s: waiting for its first byte"])

    def test_timeout_is_that_of_the_oldest(self):
        """Three of the first four requests are never answered. The fifth is half a second younger, so it is sent again,
        unless the machine stalls for that long."""
        def script(conversation):
            if conversation.number > 1:
                numbered(conversation)
            elif take(conversation, 4):
                time.sleep(0.5)  # makes the fifth request younger
                conversation.send(HELLO)
                conversation.wait_closed()
        report = self.bench("-n", 8, "-c", 1, "--pipeline", 4, "-t", "1s", self.peer(script).url)
        self.assertEqual(report["summary"]["requests"], 8)
        self.assertIn(report["errors"]["timeout"], (3, 4))
        self.assertEqual(report["errors"]["timeout"] + report["summary"]["retried"], 4)
        self.assertEqual(report["summary"]["errors"], report["errors"]["timeout"])

    def test_listener_goes_away(self):
        """The listener closes with the connection: requests that wait to be sent again become connect errors, and the run
        ends."""
        peer = None

        def script(conversation):
            if take(conversation, 8):
                peer.listener.shutdown(socket.SHUT_RDWR)
                peer.listener.close()
                conversation.send(HELLO + LAST)
        peer = self.peer(script)
        report = self.bench("-n", 40, "-c", 1, "--pipeline", 8, peer.url)
        self.assertEqual(report["status_codes"], {"200": 2})
        self.assertEqual(report["errors"]["connect"], 38)

    def test_server_that_accepts_and_closes(self):
        report = self.bench("-n", 60, "-c", 3, "--pipeline", 8, self.peer(lambda conversation: None).url, status=1)
        self.assertEqual(report["errors"]["reset"], 60)

    def test_response_before_the_whole_request(self):
        """The first of four long requests is answered before all of it is sent. It counts, and the others use another
        connection. Until then the peer reads no more of it; otherwise it could be sent completely before vastar sees the
        response.
        """
        path, elsewhere = os.path.join(self.folder(), "body"), threading.Event()
        with open(path, "w") as file:
            file.write("x" * 20000000)

        def script(conversation):
            if conversation.number == 1:
                conversation.sock.recv(1000)
                conversation.send(HELLO)
                elsewhere.wait(LIMIT)
                conversation.wait_closed()
            else:
                elsewhere.set()
                numbered(conversation)
        report = self.bench("-n", 4, "-c", 1, "--pipeline", 4, "-m", "POST", "-D", path, "-t", "2m",
                            self.peer(script).url)
        self.assert_all(report, 4)
        self.assertEqual(report["client"]["oddities"]["early_answer"], 1)


class Runs(Case):
    """The run as a whole."""

    def test_exact_count(self):
        server = self.serve()
        for count, connections, workers, depth in ((1000, 10, 1, 16), (1024, 16, 2, 64), (6401, 100, 2, 64), (7, 1, 1, 2)):
            before = server.counts()["requests"]
            report = self.bench("-n", count, "-c", connections, "-w", workers, "--pipeline", depth, server.url)
            self.assert_all(report, count)
            self.assertEqual(server.counts()["requests"] - before, count)

    def test_without_kernel_features(self):
        server = self.serve()
        for features in ("all", "multishot_recv", "direct_sockets", "fixed_files"):
            report = self.bench("-n", 2000, "-c", 10, "--pipeline", 16, server.url, env={"VASTAR_DISABLE_FEATURES": features})
            self.assert_all(report, 2000)
        self.assertEqual(server.counts()["requests"], 8000)

    def test_duration(self):
        """Every request sent is accounted for, including those answered during the drain."""
        server = self.serve("--delay", "5ms")
        report = self.bench("-z", "500ms", "-c", 10, "--pipeline", 8, server.url)
        self.assert_all(report, report["summary"]["requests"])
        self.assertEqual(server.counts()["requests"], report["summary"]["requests"])

    def test_warm_up_does_not_count(self):
        server = self.serve("--delay", "1ms")
        report = self.bench("-n", 200, "--warmup", "200ms", "-c", 5, "--pipeline", 4, server.url)
        self.assert_all(report, 200)
        self.assertGreater(server.counts()["requests"], 200)

    def test_drain_cap_aborts_all_pending_requests(self):
        server = self.serve("--delay", "60s")
        report = self.bench("-z", "200ms", "-c", 3, "--pipeline", 4, "--drain-cap", "100ms", server.url, status=1)
        self.assertEqual(report["summary"]["drain_aborted"], 12)

    def test_closed_while_draining(self):
        """Requests left unanswered by an announced close are not sent again after the deadline: aborted, not errors."""
        def script(conversation):
            if take(conversation, 4):
                time.sleep(0.3)  # longer than the run
                conversation.send(LAST)
        report = self.bench("-z", "200ms", "-c", 1, "--pipeline", 4, "--drain-cap", "50s", self.peer(script).url)
        self.assertEqual(report["summary"]["responses"], 1)
        self.assertEqual(report["summary"]["drain_aborted"], 3)
        self.assertEqual(report["summary"]["errors"], 0)

    def test_interrupted(self):
        server = self.serve("--delay", "1ms")
        process = start("-o", "json", "-z", "60s", "-c", 10, "--pipeline", 8, server.url)
        interrupt_after(process, lambda: server.counts()["requests"] > 200)
        run = finish(process)
        self.assertEqual(run.status, 130, run)
        report = self.report(run)
        self.assertTrue(report["summary"]["interrupted"])
        self.assert_all(report, report["summary"]["requests"])
        self.assertEqual(report["summary"]["requests"], server.counts()["requests"])

    def test_request_log_matches_the_servers(self):
        folder = self.folder()
        ours, theirs = os.path.join(folder, "ours.csv"), os.path.join(folder, "theirs.csv")
        server = self.serve("--request-log", theirs)
        self.assert_all(self.bench("-n", 1000, "-c", 10, "--pipeline", 8, "--request-log", ours, server.url), 1000)
        self.assertEqual(server.stop(), 0)
        pairs = []
        for path, port in ((ours, "local_port"), (theirs, "client_port")):
            with open(path, newline="") as file:
                pairs.append(collections.Counter((row[port], row["ordinal"]) for row in csv.DictReader(file)))
        self.assertEqual(pairs[0], pairs[1])
        self.assertEqual(set(pairs[0].values()), {1})

    def test_request_log_has_every_outcome(self):
        path = os.path.join(self.folder(), "requests.csv")

        def script(conversation):
            if conversation.number == 1:
                if take(conversation, 4):
                    conversation.send(HELLO + b"nonsense\r\n")
                    conversation.wait_closed()
            else:
                numbered(conversation)
        self.bench("-n", 4, "-c", 1, "--pipeline", 4, "--request-log", path, self.peer(script).url)
        with open(path, newline="") as file:
            rows = [(row["ordinal"], row["status"], row["error"], row["retried"]) for row in csv.DictReader(file)]
        self.assertEqual(sorted(rows), sorted([("1", "200", "", "0"), ("2", "", "protocol", "0"), ("1", "200", "", "1"),
                                               ("2", "200", "", "1")]))

    def test_faults_are_counted_and_the_run_continues(self):
        """Broken, reset and good responses at random: the counts add up, and the server has seen n plus the retries."""
        server = self.serve("--fault-share", 0.02)
        report = self.bench("-n", 5000, "-c", 10, "--pipeline", 8, server.url)
        summary = report["summary"]
        self.assertEqual(summary["requests"], 5000)
        self.assertGreater(summary["errors"], 0)
        self.assertGreater(summary["retried"], 0)
        self.assertLessEqual(server.counts()["requests"], 5000 + summary["retried"])

    def test_reports_name_the_pipeline(self):
        server = self.serve()
        path = os.path.join(self.folder(), "run.json")
        page, markdown = path + ".html", path + ".md"
        run = vastar("-n", 100, "-c", 5, "--pipeline", 8, "--out", f"json={path}", "--out", f"html={page}",
                     "--out", f"markdown={markdown}", server.url)
        self.assertIn("closed loop, 5 connections, up to 8 requests at once on each, 1 worker", run.out)
        for report in (page, markdown):
            with open(report) as file:
                self.assertRegex(file.read(), "[Cc]losed loop, 5 connections, up to 8 requests at once on each")
        merged = vastar("merge", "-o", "json", path)
        self.assertEqual(json.loads(merged.out)["params"]["pipeline"], 8, merged)

    def test_wrong_usage(self):
        url = "http://127.0.0.1:1"
        for arguments, said in ((["--pipeline", 0], "--pipeline"), (["--pipeline", 65], "--pipeline"),
                                (["--pipeline", 2, "--disable-keepalive"], "--pipeline and --disable-keepalive"),
                                (["--pipeline", 2, "-q", 10], "pipeline (--pipeline)"),
                                (["--pipeline", 2, "--rate", 10], "pipeline (--pipeline)"),
                                (["--pipeline", 16, "-n", 799], "requests (-n)")):
            run = vastar(*arguments, url)
            self.assertEqual((run.status, run.out), (2, ""), run)
            self.assertRegex(run.err, r"^vastar: [^\n]+\n$")
            self.assertIn(said, run.err)
        self.assertEqual(vastar("sweep", "--pipeline", 2, url).status, 2)


class NginxServer(Case):
    def setUp(self):
        self.nginx = Nginx()
        self.addCleanup(self.nginx.stop)

    def check(self, count, *arguments, path="", url=None, method="GET"):
        report = self.bench("-n", count, "-m", method, *arguments, (url or self.nginx.url_keep) + path)
        self.assert_all(report, count)
        lines = self.nginx.wait_logged(count)
        self.assertEqual(collections.Counter(tuple(line.split()[:2]) for line in lines), {("200", method): count})
        return report, lines

    def test_access_log_has_each_request(self):
        _, lines = self.check(20000, "-c", 50, "--pipeline", 16)
        self.assertEqual(len({line.split()[3] for line in lines}), 50)

    def test_most_at_once_and_two_workers(self):
        self.check(20000, "-c", 20, "-w", 2, "--pipeline", 64)

    def test_head(self):
        report, _ = self.check(2000, "-c", 10, "--pipeline", 8, path="/1m.bin", method="HEAD")
        self.assertEqual(report["summary"]["bytes"], 0)

    def test_megabyte_bodies(self):
        report, _ = self.check(200, "-c", 5, "--pipeline", 4, path="/1m.bin")
        self.assertEqual(report["summary"]["bytes"], 200 << 20)

    def test_keepalive_requests_are_no_errors(self):
        """nginx closes after the tenth request, with others in flight: exactly n are processed."""
        report, lines = self.check(5000, "-c", 20, "--pipeline", 16, url=self.nginx.url)
        self.assertLessEqual(max(int(line.split()[4]) for line in lines), 10)
        self.assertGreater(report["summary"]["retried"], 0)


if __name__ == "__main__":
    main()
