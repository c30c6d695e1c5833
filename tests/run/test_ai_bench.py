#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""vastar ai-bench against scripted servers of OpenAI's three APIs: what is sent, what is measured, what breaks."""
import contextlib
import json
import os
import socket
import subprocess
import time

from harness import Case, made, main, npm_install, schema_errors, vastar, wait_for


def chunk(data):
    return b"%x\r\n%s\r\n" % (len(data), data)


def event(value):
    text = value if isinstance(value, str) else json.dumps(value)
    return f"data: {text}\n\n".encode()


def delta(content=None, finish=None, **more):
    return {"id": "x", "object": "chat.completion.chunk", "choices":
            [{"index": 0, "delta": {**({"content": content} if content is not None else {}), **more}, "finish_reason": finish}]}


def usage(prompt, completion, cached=None):
    details = {} if cached is None else {"prompt_tokens_details": {"cached_tokens": cached}}
    return {"choices": [], "usage": {"prompt_tokens": prompt, "completion_tokens": completion, **details}}


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
CHAT = [delta("", role="assistant"), delta("Hel"), delta("lo"), delta(" you"), delta(finish="stop"), usage(11, 3, 4), "[DONE]"]


def stream(events):
    return HEAD + b"".join(chunk(event(one)) for one in events) + b"0\r\n\r\n"


def whole(value, status=b"200 OK", headers=b""):
    body = value if isinstance(value, bytes) else json.dumps(value).encode()
    return b"HTTP/1.1 " + status + b"\r\nContent-Type: application/json\r\n" + headers + \
        b"Content-Length: %d\r\n\r\n" % len(body) + body


class AiBench(Case):
    def model(self, data):
        """A server that sends this to each request; a function makes it from the request's JSON."""
        def script(conversation):
            while True:
                request = conversation.request()
                if not request:
                    return
                body = json.loads(request.partition(b"\r\n\r\n")[2])
                answer = data(body) if callable(data) else data
                for piece in answer if isinstance(answer, list) else [answer]:
                    if callable(piece):
                        piece()
                    else:
                        conversation.send(piece)
        return self.peer(script)

    def run_ai(self, *arguments, status=0):
        run = vastar("ai-bench", "-o", "json", *arguments)
        self.assertEqual(run.status, status, run)
        report = json.loads(run.out)
        self.assertEqual(report["kind"], "ai-bench")
        self.assertEqual(schema_errors(report), [])
        self.assertEqual(report["summary"]["requests"], report["summary"]["responses"] + report["summary"]["errors"] +
                         report["summary"]["drain_aborted"])
        return report

    def bodies(self, peer):
        return [json.loads(request.partition(b"\r\n\r\n")[2]) for request in peer.requests]

    def test_chat(self):
        peer = self.model(stream(CHAT))
        report = self.run_ai("-n", 20, "-c", 2, "--model", "m", "--temperature", 0.5, peer.url)
        self.assertEqual({request.split(b" ")[1] for request in peer.requests}, {b"/v1/chat/completions"})
        for body in self.bodies(peer):
            self.assertEqual((body["model"], body["stream"], body["stream_options"], body["max_tokens"], body["temperature"]),
                             ("m", True, {"include_usage": True}, 128, 0.5))
            self.assertEqual([message["role"] for message in body["messages"]], ["user"])
        tokens = report["tokens"]
        self.assertEqual((tokens["input"], tokens["output"], tokens["cached"], tokens["source"]), (220, 60, 80, "usage"))
        self.assertEqual(report["finish_reasons"], {"stop": 20})
        self.assertEqual(sum(bucket["count"] for bucket in report["ttft"]["histogram"]), 20)
        self.assertEqual(sum(bucket["count"] for bucket in report["itl"]["histogram"]), 40)
        self.assertEqual(sum(bucket["count"] for bucket in report["tpot"]["histogram"]), 20)
        self.assertIsNone(report["ttfo"])
        self.assertEqual((report["vllm"]["completed"], report["vllm"]["total_output_tokens"]), (20, 60))

    def test_prompts_begin_differently(self):
        peer = self.model(stream(CHAT))
        self.run_ai("-n", 50, "-c", 1, "-w", 1, "--input-tokens", "20..40", "--output-tokens", "5..9", peer.url)
        prompts = [body["messages"][0]["content"] for body in self.bodies(peer)]
        self.assertEqual(len({prompt[:8] for prompt in prompts}), 50)
        self.assertEqual({len(prompt.split()) - 1 for prompt in prompts} - set(range(20, 41)), set())
        self.assertGreater(len({len(prompt.split()) for prompt in prompts}), 5)
        self.assertLessEqual({body["max_tokens"] for body in self.bodies(peer)}, set(range(5, 10)))

    def test_common_prefixes(self):
        peer = self.model(stream(CHAT))
        self.run_ai("-n", 40, "-c", 1, "-w", 1, "--input-tokens", 100, "--prefix-share", 0.5, "--prefix-groups", 2, peer.url)
        prompts = [body["messages"][0]["content"] for body in self.bodies(peer)]
        self.assertEqual(len({" ".join(prompt.split()[:50]) for prompt in prompts}), 2)
        self.assertEqual(len(set(prompts)), 40)

    def test_seed_repeats_the_prompts(self):
        peer = self.model(stream(CHAT))
        for _ in range(2):
            self.run_ai("-n", 5, "-c", 1, "--seed", 3, peer.url)
        bodies = self.bodies(peer)
        self.assertEqual(bodies[:5], bodies[5:])

    def test_completions_and_responses(self):
        text = [{"choices": [{"index": 0, "text": word, "finish_reason": None}]} for word in ("a", "b")]
        text += [{"choices": [{"index": 0, "text": "", "finish_reason": "length"}]}, usage(7, 2), "[DONE]"]
        peer = self.model(stream(text))
        report = self.run_ai("-n", 4, "-c", 1, peer.url + "/v1/completions")
        self.assertIn("prompt", self.bodies(peer)[0])
        self.assertEqual((report["finish_reasons"], report["tokens"]["output"]), ({"length": 4}, 8))
        typed = [{"type": "response.created", "response": {"output": []}}, {"type": "response.output_text.delta", "delta": "Hi"},
                 {"type": "response.output_text.delta", "delta": "!"}, {"type": "response.output_text.done", "text": "Hi!"},
                 {"type": "response.completed", "response": {"output": [{"content": [{"type": "output_text", "text": "Hi!"}]}],
                                                             "usage": {"input_tokens": 5, "output_tokens": 2}}}]
        peer = self.model(stream(typed))
        report = self.run_ai("-n", 4, "-c", 1, peer.url + "/v1/responses")
        self.assertIn("input", self.bodies(peer)[0])
        self.assertIn("max_output_tokens", self.bodies(peer)[0])
        self.assertEqual((report["tokens"]["input"], report["tokens"]["output"], report["tokens"]["source"]), (20, 8, "usage"))
        self.assertEqual(sum(bucket["count"] for bucket in report["itl"]["histogram"]), 4)

    def test_reasoning_comes_before_the_answer(self):
        peer = self.model(stream([delta(reasoning_content="hm"), delta(reasoning_content="so"), delta("yes"),
                                  delta(finish="stop"), "[DONE]"]))
        report = self.run_ai("-n", 3, "-c", 1, peer.url)
        self.assertEqual(sum(bucket["count"] for bucket in report["ttfo"]["histogram"]), 3)
        self.assertEqual((report["tokens"]["source"], report["tokens"]["output"], report["tokens"]["without_usage"]),
                         ("events", 9, 3))

    def test_every_cut(self):
        """The same however the bytes are cut."""
        data = stream([delta("", role="assistant"), delta('quote \\" "content": "x"'), delta("b"), delta(finish="stop"),
                       usage(1, 2), "[DONE]"])
        for size in (1, 3, 50):
            peer = self.model([data[at:at + size] for at in range(0, len(data), size)])
            report = self.run_ai("-n", 2, "-c", 1, peer.url)
            self.assertEqual((report["tokens"]["output"], report["finish_reasons"], report["summary"]["responses"]),
                             (4, {"stop": 2}, 2))
            self.assertEqual(sum(bucket["count"] for bucket in report["itl"]["histogram"]), 2)

    def test_times_of_a_paced_stream(self):
        """The last token cannot come before the server has sent it."""
        events = [chunk(event(one)) for one in CHAT]
        pause = lambda: time.sleep(0.05)  # the server's own pace, which the client measures
        answer = [HEAD, events[0], pause, events[1], pause, events[2], pause, *events[3:], b"0\r\n\r\n"]
        report = self.run_ai("-n", 4, "-c", 1, self.model(answer).url)
        self.assertGreaterEqual(min(bucket["to_s"] for bucket in report["ttft"]["histogram"]), 0.05)
        self.assertEqual(sum(bucket["count"] for bucket in report["itl"]["histogram"]), 8)
        # One gap can be shorter than the server's, if this machine saw the event before it late.
        self.assertGreaterEqual(report["ttft"]["average_s"] + 2 * report["itl"]["average_s"], 0.15)
        self.assertAlmostEqual(report["vllm"]["mean_tpot_ms"], 1e3 * report["itl"]["average_s"], places=3)
        self.assertGreaterEqual(report["e2e"]["average_s"], 0.15)

    def test_goodput_and_cost(self):
        slow = iter(range(1000))

        def answer(_):
            pause = 0.2 if next(slow) % 2 else 0
            return [HEAD, lambda: time.sleep(pause), stream(CHAT)[len(HEAD):]]
        report = self.run_ai("-n", 10, "-c", 1, "--goodput", "ttft=150ms", "--price", "1,10", "--price-cached", "0.5",
                             self.model(answer).url)
        self.assertLessEqual(report["goodput"]["share"], 0.5)
        self.assertGreater(report["goodput"]["share"], 0)
        self.assertAlmostEqual(report["cost"]["total"], (70 * 1 + 40 * 0.5 + 30 * 10) / 1e6)

    def test_whole_responses(self):
        peer = self.model(whole({"choices": [{"message": {"content": "Hello"}, "finish_reason": "stop"}],
                                 "usage": {"prompt_tokens": 5, "completion_tokens": 2}}))
        report = self.run_ai("-n", 4, "-c", 1, "--no-stream", peer.url)
        self.assertEqual(self.bodies(peer)[0]["stream"], False)
        self.assertEqual((report["tokens"]["output"], report["ttft"], report["finish_reasons"]), (8, None, {"stop": 4}))

    def test_failures_in_words(self):
        error = {"error": {"message": "Incorrect \"key\"", "type": "invalid"}}
        for answer, example in (
                (whole(error, b"401 Unauthorized"), 'status 401: Incorrect \\"key\\"'),
                (whole(b"<html>busy", b"503 Service Unavailable"), "status 503: <html>busy"),
                (whole(b"", b"429 Too Many Requests"), "status 429"),
                (stream([delta("a"), error]), 'an error in a response of 200: Incorrect \\"key\\"'),
                (stream([delta("a"), "{no json"]), "not JSON: {no json"),
                (stream([delta("a"), delta("b")]), "the stream ended without finish_reason and [DONE]"),
                (whole({"choices": []}), "the response is not a stream of events (--no-stream takes whole responses)")):
            report = self.run_ai("-n", 3, "-c", 1, self.model(answer).url, status=1)
            self.assertEqual((report["errors"]["expect"], report["error_examples"]), (3, ["expect: " + example]))

    def test_stream_that_is_cut(self):
        peer = self.peer(lambda conversation: conversation.request() and conversation.send(stream(CHAT)[:-60]))
        report = self.run_ai("-n", 3, "-c", 1, peer.url, status=1)
        self.assertEqual(report["errors"]["reset"], 3)
        self.assertEqual(report["tokens"]["output"], 0)

    def test_key_is_sent_and_not_shown(self):
        peer = self.model(stream(CHAT))
        run = vastar("ai-bench", "-n", 1, "-c", 1, "--api-key", "sk-secret", "-o", "json", peer.url)
        self.assertEqual(run.status, 0, run)
        self.assertIn(b"Authorization: Bearer sk-secret", peer.requests[0])
        self.assertNotIn("sk-secret", run.out + run.err)
        run = vastar("ai-bench", "-n", 1, "-c", 1, peer.url, env={"OPENAI_API_KEY": "sk-other"})
        self.assertIn(b"Authorization: Bearer sk-other", peer.requests[1])
        self.assertNotIn("sk-other", run.out + run.err)

    def file(self, text):
        path = os.path.join(self.folder(), "prompts")
        with open(path, "w") as file:
            file.write(text)
        return path

    def test_prompt_files(self):
        for text, contents in (
                ("first\n\nsecond\n", ["first", "second"]),
                ('{"prompt": "a", "max_tokens": 3}\n{"messages": [{"role": "user", "content": "b"}]}\n', ["a", "b"]),
                (json.dumps([{"conversations": [{"from": "system", "value": "s"}, {"from": "human", "value": "q"}]}]), ["q"])):
            peer = self.model(stream(CHAT))
            self.run_ai("-n", 6, "-c", 1, "-w", 1, "--prompts", self.file(text), peer.url)
            bodies = self.bodies(peer)
            self.assertEqual([body["messages"][0]["content"] for body in bodies], contents * (6 // len(contents)))
        self.assertEqual(bodies[0]["max_tokens"], 128)

    def test_text_report(self):
        peer = self.model(stream(CHAT))
        run = vastar("ai-bench", "-n", 20, "-c", 2, "--goodput", "ttft=10s,tpot=1s", "--price", "1,2", peer.url)
        self.assertEqual(run.status, 0, run)
        for part in ("Language model:", "TTFT:", "from the send to the first event with a token", "ITL:", "TPOT:",
                     "tokens:   220.00 in", "finish:   stop 20", "goodput:", "100 % of all: TTFT <= 10.00s, TPOT <= 1.00s",
                     "cost:"):
            self.assertIn(part.replace("220.00", "220"), run.out)

    def test_bad_input(self):
        for options, part in (
                (("--input-tokens", "0"), "not a number of tokens"), (("--output-tokens", "9..3"), "not a number of tokens"),
                (("--extra", "[1]"), "not a JSON object"), (("--extra", "{"), "not a JSON object"),
                (("--goodput", "speed=1"), "is not understood"), (("--goodput", "ttft=fast"), "is not a duration"),
                (("--price", "1"), "not two prices"), (("--price-cached", "1"), "there is no price"),
                (("--prompt", "a", "--prompts", "b"), "leave one of them out"),
                (("--prompt", "a", "--input-tokens", "5"), "it is for made prompts"),
                (("--prompts", "/no/such/file"), "cannot be opened"),
                (("--prompts", self.file("")), "it has no prompt"),
                (("--prompts", self.file('ok\n{"prompt": 5}\n')), ":2: neither"),
                (("--prompts", self.file('{"prompt"')), ":1: no JSON object")):
            run = vastar("ai-bench", *options, "http://127.0.0.1:1/")
            self.assertEqual((run.status, run.out), (2, ""), run)
            self.assertIn(part, run.err)
            self.assertEqual(run.err.count("\n"), 1, run.err)


class MockLlm(Case):
    """A server that we did not write: mock-llm sends back the prompt, 50 characters every 50 ms."""

    def start(self):
        folder = made("mock-llm", lambda folder: npm_install(folder, "@dwmkerr/mock-llm@0.1"))
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        process = subprocess.Popen(["node", os.path.join(folder, "node_modules/@dwmkerr/mock-llm/dist/main.js")],
                                   env={**os.environ, "HOST": "127.0.0.1", "PORT": str(port)}, cwd=self.folder(),
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)

        def listens():
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
                return True
            return process.poll() is not None
        wait_for(listens, "mock-llm listens")
        self.assertIsNone(process.poll(), "mock-llm ended")
        return f"http://127.0.0.1:{port}/"

    def test_tokens_and_gaps(self):
        url = self.start()
        run = vastar("ai-bench", "-o", "json", "-n", 8, "-c", 2, "--prompt", "x" * 175, url)
        self.assertEqual(run.status, 0, run)
        report = json.loads(run.out)
        self.assertEqual((report["tokens"]["output"], report["tokens"]["source"], report["finish_reasons"]),
                         (32, "events", {"stop": 8}))
        self.assertEqual(sum(bucket["count"] for bucket in report["itl"]["histogram"]), 24)
        # The last of four pieces comes after three intervals of its timer, which rounds to 1 ms.
        self.assertGreaterEqual(report["ttft"]["average_s"] + 3 * report["itl"]["average_s"], 3 * 0.049)


if __name__ == "__main__":
    main()
