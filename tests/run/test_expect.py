#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""--expect: responses that are not as expected are errors, each counted and quoted; the connection stays in use."""
import json
import os

from harness import Case, main, vastar


def response(body=b"ok", status=b"200 OK", headers=b""):
    return b"HTTP/1.1 " + status + b"\r\n" + headers + b"Content-Length: %d\r\n\r\n" % len(body) + body


def chunked(body, size, headers=b""):
    chunks = [body[i:i + size] for i in range(0, len(body), size)]
    return (b"HTTP/1.1 200 OK\r\n" + headers + b"Transfer-Encoding: chunked\r\n\r\n" +
            b"".join(b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks) + b"0\r\n\r\n")


class Expect(Case):
    def answers(self, *responses, cut=0):
        """A peer that sends these responses in turn on each connection, `cut` bytes at a time."""
        def script(conversation):
            while True:
                for data in responses:
                    if not conversation.request():
                        return
                    if cut:
                        for at in range(0, len(data), cut):
                            conversation.send(data[at:at + cut])
                    else:
                        conversation.send(data)
        return self.peer(script)

    def test_one_of_three_is_wrong(self):
        """Errors of kind expect with an example of each item; the others count as responses."""
        peer = self.answers(response(b"all good"), response(b"broken"), response(b"all good", headers=b"X-Mode: b\r\n"))
        report = self.bench("-n", 300, "-c", 2, "--expect", "status=200,body~^all (good|fine)$", peer.url)
        self.assertEqual((report["summary"]["responses"], report["errors"]["expect"]), (200, 100))
        self.assertEqual(report["error_examples"], ["expect: body 'broken', expected a match of '^all (good|fine)$'"])
        self.assertEqual(report["params"]["expect"], "status=200,body~^all (good|fine)$")
        self.assertEqual(peer.connections, 2)

    def test_every_cut(self):
        """The same however the bytes are cut, for both kinds of framing."""
        for cut in (1, 2, 7):
            for data in (response(b"needle in hay", headers=b"X-One: two\r\n"),
                         chunked(b"needle in hay", 4, b"X-One: two\r\n"),
                         b"HTTP/1.1 103 Early\r\nX-One: no\r\n\r\n" + response(b"needle in hay", headers=b"X-One: two\r\n")):
                peer = self.answers(data, cut=cut)
                report = self.bench("-n", 4, "-c", 1, "--expect", "header:x-one=two", "--expect", "body=needle in hay", peer.url)
                self.assertEqual(report["summary"]["responses"], 4, report["error_examples"])
                report = self.bench("-n", 4, "-c", 1, "--expect", "header:x-one=no", peer.url, status=1)
                self.assertEqual(report["errors"]["expect"], 4)
                self.assertEqual(report["error_examples"], ["expect: header x-one is 'two', expected 'no'"])

    def test_body_until_close(self):
        def script(conversation):
            conversation.request()
            conversation.send(b"HTTP/1.1 200 OK\r\n\r\nuntil the end")
        report = self.bench("-n", 6, "-c", 2, "--expect", "body~the end$", self.peer(script).url)
        self.assertEqual(report["summary"]["responses"], 6, report["error_examples"])
        report = self.bench("-n", 6, "-c", 2, "--expect", "body~^end", self.peer(script).url, status=1)
        self.assertEqual(report["errors"]["expect"], 6)

    def test_status_of_the_final_response(self):
        """A redirect that is followed is not judged, one that is not is."""
        server = self.serve()
        report = self.bench("-n", 20, "-c", 2, "--expect", "status=404", server.url + "/redirect/302/status/404")
        self.assertEqual((report["summary"]["responses"], report["errors"]["expect"]), (20, 0))
        report = self.bench("-n", 20, "-c", 2, "--disable-redirects", "--expect", "status=404",
                            server.url + "/redirect/302/status/404", status=1)
        self.assertEqual((report["summary"]["responses"], report["errors"]["expect"]), (0, 20))
        self.assertEqual(report["error_examples"], ["expect: status 302, expected 404"])

    def test_wrong_responses_do_not_meet_an_slo(self):
        peer = self.answers(response(b"wrong"))
        run = vastar("-n", 20, "-c", 1, "--expect", "body=right", "--slo-target", "errors<1%", peer.url)
        self.assertEqual(run.status, 1, run)
        self.assertIn("[expect]", run.out + run.err)
        self.assertIn("body 'wrong', expected 'right'", run.out + run.err)

    def test_bytes_that_do_not_print(self):
        peer = self.answers(response(b"\x00\x1b[31m\xff"))
        report = self.bench("-n", 2, "-c", 1, "--expect", "body~x", peer.url, status=1)
        self.assertRegex(report["error_examples"][0], r"^expect: body '[ -~]*', expected")

    def test_long_bodies_are_judged_by_their_beginning(self):
        server = self.serve("--body-size", 3000000)
        report = self.bench("-n", 20, "-c", 2, "--expect", "body~^Hello", server.url)
        self.assertEqual((report["summary"]["responses"], report["summary"]["bytes"]), (20, 60000000))

    def test_no_compression_is_offered(self):
        peer = self.answers(response())
        self.bench("-n", 1, "-c", 1, "--expect", "status=200", peer.url)
        self.assertNotIn(b"accept-encoding", peer.requests[0].lower())

    def test_expectations_of_a_file(self):
        server = self.serve()
        path = os.path.join(self.folder(), "urls")
        with open(path, "w") as file:
            for line in ({"url": f"{server.url}/status/404", "expect": "status=404"},
                         {"url": f"{server.url}/status/500"},
                         {"url": f"{server.url}/", "expect": ["status=2xx", "body=Hello, world!"]}):
                file.write(json.dumps(line) + "\n")
        report = self.bench("-n", 90, "-c", 3, "--urls", path, "--expect", "status=200")
        self.assertEqual([(row["responses"], row["errors_by_kind"].get("expect", 0)) for row in report["by_request"]],
                         [(30, 0), (0, 30), (30, 0)])
        self.assertEqual(report["error_examples"], ["expect: status 500, expected 200"])

    def test_open_loop_and_merge(self):
        server = self.serve()
        reports = []
        for number in range(2):
            report = self.bench("-z", "200ms", "--rate", 500, "-c", 5, "--expect", "header:Content-Type~json", server.url,
                                status=1)
            self.assertEqual(report["summary"]["responses"], 0)
            path = os.path.join(self.folder(), "report.json")
            with open(path, "w") as file:
                json.dump(report, file)
            reports.append((path, report))
        merged = self.report(vastar("merge", "-o", "json", *(path for path, _ in reports)))
        self.assertEqual(merged["errors"]["expect"], sum(report["errors"]["expect"] for _, report in reports))

    def test_bad_input(self):
        for options, part in (
                (("--expect", "nonsense"), "is not understood"), (("--expect", "status=abc"), "is not a status code"),
                (("--expect", "body~["), "is not a regular expression"),
                (("--expect", "status=200", "--http2"), "leave one of them out"),
                (("--expect", "status=200", "--pipeline", "2"), "leave one of them out"),
                (("--expect", "status=200", "--stream"), "leave one of them out")):
            run = vastar("-n", 100, *options, "http://127.0.0.1:1/")
            self.assertEqual((run.status, run.out), (2, ""), run)
            self.assertIn(part, run.err)
        run = vastar("-n", 1, "--expect", "status=200", "ws://127.0.0.1:1/")
        self.assertEqual(run.status, 2, run)
        path = os.path.join(self.folder(), "urls")
        with open(path, "w") as file:
            file.write('{"url": "http://127.0.0.1:1/", "expect": "body~("}\n')
        run = vastar("--urls", path)
        self.assertEqual((run.status, run.out), (2, ""), run)
        self.assertIn("urls:1: --expect: '(' is not a regular expression", run.err)


if __name__ == "__main__":
    main()
