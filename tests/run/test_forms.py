#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""Forms and header files: the request is compared with curl's, byte for byte where curl is installed."""
import os
import re
import shutil
import subprocess
import unittest

from harness import Case, main, vastar


RESPONSE = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"


class Request:
    """A request as a peer has read it."""

    def __init__(self, data):
        head, _, self.body = data.partition(b"\r\n\r\n")
        first, *lines = head.decode().split("\r\n")
        self.method = first.split(" ")[0]
        self.headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}


class Forms(Case):
    def request_of(self, *command):
        """The request that a command sends to the URL that is appended to it."""
        seen = []

        def script(conversation):
            seen.append(Request(conversation.request()))
            conversation.send(RESPONSE)
        peer = self.peer(script)
        if command[0] == "curl":
            run = subprocess.run([*command, "-sS", "--max-time", "20", peer.url], stdout=subprocess.PIPE,
                                 stderr=subprocess.PIPE, check=False)
            self.assertEqual(run.returncode, 0, run.stderr)
        else:
            run = vastar("-n", 1, "-c", 1, *command, peer.url)
            self.assertEqual(run.status, 0, run)
        return seen[0]

    def file(self, name, data):
        path = os.path.join(self.folder(), name)
        with open(path, "wb") as file:
            file.write(data)
        return path

    def both(self, *options):
        if not shutil.which("curl"):
            self.skipTest("curl is not installed")
        return self.request_of(*options), self.request_of("curl", *options)

    def test_urlencoded_like_curl(self):
        path = self.file("f.txt", b"a b\n&=\xc3\xa4\x00\xff~")
        for items in (["plain text & more"], ["=no name=x"], ["name=v a+l/ue?"], [f"@{path}"], [f"up@{path}"],
                      ["a=1", "b=2 3", f"c@{path}", "=d"], ["a@b=c"], ["x="], [""]):
            options = [part for item in items for part in ("--data-urlencode", item)]
            ours, theirs = self.both(*options)
            self.assertEqual(ours.body, theirs.body, items)
            self.assertEqual((ours.method, ours.headers.get("content-type")),
                             (theirs.method, theirs.headers.get("content-type")), items)

    def parts(self, request):
        """Content-Type without its boundary, and the body with the boundary replaced."""
        boundary = re.search(r"boundary=(\S+)", request.headers["content-type"]).group(1)
        return (request.method, request.headers["content-type"].replace(boundary, "B"),
                request.body.replace(boundary.encode(), b"B"))

    def test_multipart_like_curl(self):
        text, page = self.file("notes.txt", b"line 1\r\nline 2\r\n"), self.file("page.html", b"<p>")
        odd, data = self.file("data.bin", bytes(range(256))), self.file("upper.PNG", b"png")
        for items in (["a=b"], ["a=b", "c=d e"], [f"up=@{text}"], [f"up=@{page};type=text/x-y"],
                      [f"up=@{odd};filename=other name.dat"], [f"up=<{text}"], ['a="quoted; \\"text\\""'],
                      [f"p=@{data}", "q=1;type=text/plain"], ["empty="], [f'up=@"{odd}";filename="q\\"uote.txt"'],
                      ["a=b;filename=f.txt"]):
            options = [part for item in items for part in ("-F", item)]
            ours, theirs = self.both(*options)
            self.assertEqual(self.parts(ours), self.parts(theirs), items)

    def test_boundary_follows_from_the_seed_and_is_not_in_the_parts(self):
        first = self.request_of("-F", "a=b", "--seed", "7")
        boundary = re.search(r"boundary=(\S+)", first.headers["content-type"]).group(1)
        self.assertEqual(self.request_of("-F", "a=b", "--seed", "7").body, first.body)
        other = self.request_of("-F", f"a=--{boundary}", "--seed", "7")
        self.assertNotIn(boundary, other.headers["content-type"])

    def test_method_and_type_can_be_set(self):
        request = self.request_of("-m", "PUT", "-T", "text/x-form", "--data-urlencode", "a=b c")
        self.assertEqual((request.method, request.headers["content-type"]), ("PUT", "text/x-form"))
        request = self.request_of("-H", "content-type: x/y", "--data-urlencode", "a=b c")
        self.assertEqual(request.headers["content-type"], "x/y")
        self.assertEqual(self.request_of("-m", "PUT", "-F", "a=b").method, "PUT")

    def test_header_file(self):
        one = self.file("one", b"\xef\xbb\xbfX-First: 1\r\n# a comment\n\nX-Second: two words\nX-Third: 3")
        two = self.file("two", b"X-Fourth: 4\n")
        headers = self.request_of("--header-file", one, "-H", "X-Third: three", "--header-file", two).headers
        self.assertEqual([headers.get(f"x-{name}") for name in ("first", "second", "third", "fourth")],
                         ["1", "two words", "three", "4"])

    def test_bad_input(self):
        text = self.file("t.txt", b"x")
        for options, part in (
                (("-F", "noname"), "no name"), (("-F", "=x"), "no name"), (("-F", "a=b;c"), "is not known"),
                (("-F", "a=b;type=nonsense"), "type/subtype"), (("-F", 'a="b"c'), "behind the quotes"),
                (("-F", "a=@/no/such/file"), "cannot be opened"), (("--data-urlencode", "@/no/such"), "cannot be opened"),
                (("-F", "a=b", "-d", "x"), "given twice (either -d or -F)"),
                (("--data-urlencode", "b", "-D", text), "given twice (either -D or --data-urlencode)"),
                (("-F", "a=b", "-T", "x/y"), "leave -T out"), (("--header-file", "/no/such"), "header file"),
                (("--header-file", self.file("h", b"no colon here")), "has no colon"),
                (("--header-file", self.file("n", b"A: \x00")), "must be text")):
            run = vastar("-n", 1, *options, "http://127.0.0.1:1/")
            self.assertEqual((run.status, run.out), (2, ""), run)
            self.assertIn(part, run.err)
            self.assertEqual(run.err.count("\n"), 1, run.err)
        run = vastar("-n", 1, "-F", "a=b", "ws://127.0.0.1:1/")
        self.assertEqual(run.status, 2, run)
        self.assertIn("-F: not with WebSocket", run.err)

    def test_sweep_sends_forms(self):
        peer = self.peer(lambda conversation: conversation.request() and conversation.send(RESPONSE))
        run = vastar("sweep", "--conc", "1", "-n", 20, "--exact-n", "--data-urlencode", "a=b c", peer.url)
        self.assertIn(run.status, (0, 3), run)
        requests = [Request(data) for data in peer.requests]
        self.assertEqual({(request.method, request.body) for request in requests}, {("POST", b"a=b+c")})
        self.assertEqual(len(requests), 20)


if __name__ == "__main__":
    main()
