#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""The live line on a terminal: it fits, and the cursor always comes back."""
import contextlib
import fcntl
import os
import pty
import re
import signal
import struct
import termios
import threading
import tty
import unittest

from harness import Case, finish, main, sanitized, start, vastar, wait_for

HIDE, SHOW = "\x1b[?25l", "\x1b[?25h"
ESCAPE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


class Terminal:
    """A pseudo-terminal; the program has the other end as stderr."""

    def __init__(self, columns=80):
        try:
            self.master, self.slave = pty.openpty()
        except OSError as error:  # a chroot without /dev/pts
            raise unittest.SkipTest(f"no terminal available: {error}") from None
        tty.setraw(self.slave)
        self.resize(columns)
        self.data = b""
        self.thread = threading.Thread(target=self._read, daemon=True)
        self.thread.start()

    def resize(self, columns):
        fcntl.ioctl(self.slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))

    def _read(self):
        with contextlib.suppress(OSError):
            while data := os.read(self.master, 65536):
                self.data += data

    def close(self):
        """For use after the program has ended: returns all its output."""
        os.close(self.slave)
        self.thread.join(10)
        os.close(self.master)
        return self.data.decode()

    def vanish(self):
        """Closes the terminal under the program."""
        os.close(self.slave)
        os.set_blocking(self.master, False)
        os.close(self.master)

    def text(self):
        return self.data.decode("utf-8", "replace")


def frames(text):
    """Every state of the line, without escape sequences."""
    return [frame for frame in re.split(r"[\r\n]", ESCAPE.sub("", text)) if frame.strip()]


class Live(Case):
    def on_terminal(self, *arguments, columns=80, during=None, env=None):
        terminal = Terminal(columns)
        try:
            process = start(*arguments, stderr=terminal.slave, env={"TERM": "xterm-256color", **(env or {})})
            if during:
                during(process, terminal)
            run = finish(process)
        finally:
            text = terminal.close()
        return run, text

    def assert_cursor_back(self, text):
        self.assertIn(HIDE, text)
        self.assertGreater(text.rfind(SHOW), text.rfind(HIDE), repr(text[-300:]))

    def test_duration_shows_elapsed_of_total(self):
        run, text = self.on_terminal("-z", "1s", "-c", 5, self.serve().url)
        self.assertEqual(run.status, 0, run)
        self.assert_cursor_back(text)
        self.assertGreater(len(frames(text)), 3)
        self.assertTrue(any(re.search(r"0\.[3-9]\d*\s*s?\s*(/|of)\s*1", frame) for frame in frames(text)), frames(text)[:5])

    def test_requests_show_percent(self):
        run, text = self.on_terminal("-n", 20, "-c", 1, "-q", 20, self.serve().url)
        self.assertEqual(run.status, 0, run)
        self.assertTrue(any(re.search(r"\d+ ?%", frame) for frame in frames(text)), frames(text))
        self.assert_cursor_back(text)

    def test_ascii_without_clearing_the_screen(self):
        _, text = self.on_terminal("-z", "700ms", "-c", 5, self.serve().url)
        self.assertTrue(text.isascii(), repr(text))
        for sequence in ("\x1b[2J", "\x1b[H", "\x1b[?1049h"):
            self.assertNotIn(sequence, text)

    def test_report_is_not_on_the_terminal_line(self):
        run, text = self.on_terminal("-z", "500ms", "-c", 5, self.serve().url)
        self.assertIn("Summary:", run.out)
        self.assertNotIn("Summary:", text)
        self.assertNotIn("\x1b", run.out)

    def test_fits_any_width(self):
        for columns in (10, 20, 40, 79, 132, 250):
            run, text = self.on_terminal("-z", "400ms", "-c", 5, self.serve().url, columns=columns)
            self.assertEqual(run.status, 0, run)
            self.assertEqual([frame for frame in frames(text) if len(frame.rstrip()) > columns], [])
            self.assertNotIn("\n", ESCAPE.sub("", text).strip("\r\n "))  # a second line would appear after three seconds

    def test_rate_of_the_last_minute(self):
        """A second line after three seconds. The cursor returns to the first each time, and both are erased in the end."""
        for columns, shown in ((80, True), (30, False)):
            def wait(process, terminal):
                for _ in range(45):
                    seen = len(frames(terminal.text()))
                    wait_for(lambda: len(frames(terminal.text())) > seen or process.poll() is not None, "another frame")
                    if "] peak " in terminal.text():
                        break
                process.send_signal(signal.SIGINT)
            run, text = self.on_terminal("-z", "1h", "-c", 5, self.serve().url, columns=columns, during=wait)
            self.assertEqual(run.status, 130, run)
            self.assertEqual(text.count("\n"), text.count("\x1b[A"))
            self.assertEqual("\n" in text, shown)
            self.assertEqual([frame for frame in frames(text) if len(frame.rstrip()) > columns], [])
            if shown:
                self.assertRegex(text, r"\r\nrate \[ *[_.:=+*#%@-]+\] peak [\d.]+[kM]?/s\x1b\[A\r")
            self.assertTrue(text.isascii(), repr(text))
            self.assert_cursor_back(text)

    def test_plain(self):
        """For logs: one line every ten seconds, with or without a terminal."""
        run = vastar("-z", "10500ms", "-c", 5, "--progress", "plain", self.serve("--delay", "1ms").url)
        self.assertEqual(run.status, 0, run)
        self.assertRegex(run.err, r"\A10\.\ds/10\.5s  [\d.]+[kM]? req  0 err  [\d.]+[kM]?/s \(mean [^)]+\)  p50 \S+ p99 \S+\n\Z")

    def test_styles(self):
        url = self.serve().url
        run, text = self.on_terminal("--progress", "none", "-z", "400ms", "-c", 5, url)
        self.assertEqual((run.status, text), (0, ""))
        run, text = self.on_terminal("--progress", "plain", "-z", "400ms", "-c", 5, url)
        self.assertEqual((run.status, text), (0, ""))
        run, text = self.on_terminal("--progress", "bar", "-z", "400ms", "-c", 5, url)
        self.assert_cursor_back(text)
        for arguments in (("--progress", "loud"), ("--progress", "plain", "--no-progress")):
            run = vastar(*arguments, url)
            self.assertEqual((run.status, run.out), (2, ""), run)
            self.assertRegex(run.err, r"^vastar: --(no-)?progress [^\n]+\n$")

    def test_follows_a_resize(self):
        seen = 0

        def shrink(process, terminal):
            nonlocal seen
            wait_for(lambda: len(frames(terminal.text())) >= 3, "the line is drawn")
            terminal.resize(24)
            process.send_signal(signal.SIGWINCH)
            at = len(terminal.text())
            # The frame in progress may still be wide.
            wait_for(lambda: len(frames(terminal.text()[at:])) >= 3 or process.poll() is not None, "more frames")
            seen = len(frames(terminal.text()))
        _, text = self.on_terminal("-z", "3s", "-c", 5, self.serve().url, columns=100, during=shrink)
        self.assertGreater(len(frames(text)[seen:]), 2)
        self.assertEqual([frame for frame in frames(text)[seen:] if len(frame.rstrip()) > 24], [])

    def signalled(self, number):
        def interrupt(process, terminal):
            wait_for(lambda: len(frames(terminal.text())) >= 2, "the line is drawn")
            process.send_signal(number)
        return self.on_terminal("-z", "60s", "-c", 5, self.serve().url, during=interrupt)

    def test_cursor_after_interrupt(self):
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            run, text = self.signalled(number)
            self.assertEqual(run.status, 128 + number, run)
            self.assert_cursor_back(text)

    def test_cursor_after_a_crash(self):
        if sanitized():
            self.skipTest("a sanitizer takes the signal")
        for number in (signal.SIGSEGV, signal.SIGABRT, signal.SIGQUIT):
            run, text = self.signalled(number)
            self.assertEqual(run.status, -number, run)
            self.assert_cursor_back(text)

    def test_cursor_while_stopped(self):
        """Ctrl-Z: the cursor is visible while the program is stopped, and hidden again when it continues."""
        terminal = Terminal()
        process = start("-z", "60s", "-c", 5, self.serve().url, stderr=terminal.slave, env={"TERM": "xterm"},
                        preexec_fn=lambda: os.setpgid(0, 0))
        try:
            wait_for(lambda: len(frames(terminal.text())) >= 2, "the line is drawn")
            process.send_signal(signal.SIGTSTP)

            def state():
                with open(f"/proc/{process.pid}/stat") as file:
                    return file.read().rpartition(")")[2].split()[0]
            wait_for(lambda: state() == "T", "the program stops")
            wait_for(lambda: terminal.text().rfind(SHOW) > terminal.text().rfind(HIDE), "the cursor is back")
            process.send_signal(signal.SIGCONT)
            wait_for(lambda: terminal.text().rfind(HIDE) > terminal.text().rfind(SHOW), "the line is drawn again")
            process.send_signal(signal.SIGINT)
            run = finish(process)
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()
            text = terminal.close()
        self.assertEqual(run.status, 130, run)
        self.assert_cursor_back(text)

    def test_cursor_without_responses(self):
        peer = self.peer(lambda conversation: conversation.wait_closed())
        run, text = self.on_terminal("-n", 2, "-c", 2, "-t", "500ms", peer.url)
        self.assertEqual(run.status, 1, run)
        if HIDE in text:
            self.assert_cursor_back(text)

    def test_terminal_goes_away(self):
        """The window is closed in mid-run: the run continues, and the report on standard output is complete."""
        server = self.serve()
        terminal = Terminal()
        process = start("-n", 20000, "-c", 5, "-o", "json", server.url + "/delay/1", stderr=terminal.slave)
        wait_for(lambda: HIDE in terminal.text(), "the live line is on")
        terminal.vanish()
        report = self.report(finish(process))
        self.assert_all(report, 20000)

    def test_no_progress(self):
        run, text = self.on_terminal("--no-progress", "-z", "400ms", "-c", 5, self.serve().url)
        self.assertEqual((run.status, text), (0, ""))

    def test_silent_without_a_terminal(self):
        run = vastar("-z", "400ms", "-c", 5, self.serve().url)
        self.assertEqual((run.status, run.err), (0, ""), run)
        self.assertNotIn("\x1b", run.out)

    def test_dumb_terminal_gets_no_sequences(self):
        _, text = self.on_terminal("-z", "400ms", "-c", 5, self.serve().url, env={"TERM": "dumb"})
        self.assertNotIn("\x1b", text)

    def test_json_stays_clean(self):
        run, _ = self.on_terminal("-z", "400ms", "-c", 5, "-o", "json", self.serve().url)
        self.report(run)


class Colour(Case):
    def coloured(self, *arguments, env=None):
        """The report with a terminal as stdout."""
        terminal = Terminal()
        try:
            run = finish(start("-n", 100, "-c", 5, *arguments, self.serve().url, stdout=terminal.slave,
                               env={"TERM": "xterm-256color", **(env or {})}))
            self.assertEqual(run.status, 0, run)
        finally:
            text = terminal.close()
        return text

    def test_on_a_terminal(self):
        text = self.coloured()
        self.assertIn("\x1b[38;5;22m", text)
        # Every colour is switched off at the end of its line.
        for line in text.splitlines():
            self.assertGreaterEqual(line.rfind("\x1b[0m"), line.rfind("\x1b[38"), repr(line))

    def test_no_color(self):
        self.assertNotIn("\x1b[38", self.coloured(env={"NO_COLOR": "1"}))
        self.assertIn("\x1b[38", self.coloured("--color", "always", env={"NO_COLOR": "1"}))
        self.assertNotIn("\x1b[38", self.coloured("--color", "never"))


if __name__ == "__main__":
    main()
