# SPDX-License-Identifier: MIT OR Apache-2.0
"""The tools of the matrix: their command lines, and parsers of their outputs."""
import json
import math
import os
import re
import shlex
import shutil
import subprocess
import time

FLOOR_WAYS = {"floor block": [], "floor spin": ["spin=20000"], "floor pause": ["pause=10000"], "floor min-wait": ["mw=20"]}
UNITS_MS = {"us": 1e-3, "ms": 1.0, "s": 1e3, "m": 6e4}


# ---- command lines ----

def whole(seconds):
    """wrk and ab accept only whole seconds."""
    return max(1, math.ceil(seconds))


def wrk(row, url, seconds, folder):
    command = ["wrk", "-t1", f"-c{row.c}", f"-d{whole(seconds)}", "--latency"]
    if not row.keepalive:
        command += ["-H", "Connection: close"]
    if row.post:
        command += ["-s", os.path.join(folder, f"post-{row.post}.lua")]
    return [*command, url]


def hey(row, url, seconds, folder):
    command = ["hey", "-z", f"{round(seconds * 1000)}ms", "-c", str(row.c)]
    if not row.keepalive:
        command.append("-disable-keepalive")
    if row.post:
        command += ["-m", "POST", "-D", os.path.join(folder, f"post-{row.post}")]
    return [*command, url]


def h2load(row, url, seconds, folder):
    command = ["h2load", "--h1", "-t1", f"-c{row.c}", "-D", f"{round(seconds * 1000)}ms"]
    if row.post:
        command += ["-d", os.path.join(folder, f"post-{row.post}")]
    return [*command, url]


def ab(row, url, seconds, folder):
    command = ["ab", "-q", "-r", "-s", "5", "-t", str(whole(seconds)), "-n", "100000000", "-c", str(row.c)]
    if row.keepalive:
        command.append("-k")
    if row.post:
        command += ["-p", os.path.join(folder, f"post-{row.post}"), "-T", "text/plain"]
    return [*command, url]


def vastar(program):
    def command_of(row, url, seconds, folder, alone=False):
        command = [program, "-z", f"{round(seconds * 1000)}ms", "-c", str(row.c), "-o", "json", "--no-progress"]
        if not row.keepalive:
            command.append("--disable-keepalive")
        if row.post:
            command += ["-m", "POST", "-D", os.path.join(folder, f"post-{row.post}")]
        if row.pipeline and not alone:
            command += ["--pipeline", str(row.pipeline)]
        return [*command, url]
    return command_of


def floor(program, way):
    def command_of(row, url, seconds, folder):
        _, _, port, path = re.match(r"(http)://([^/:]+):(\d+)(/.*)", url).groups()
        trunc = ["trunc"] if row.trunc else []
        return [program, "client", port, path, str(row.c), f"{seconds:g}", str(row_bytes(folder, url)), *way, *trunc]
    return command_of


def row_bytes(folder, url):
    """The length of the whole response, measured by prepare()."""
    with open(os.path.join(folder, "lengths.json")) as file:
        return json.load(file)[url]


# ---- outputs ----

def number(pattern, text, default=None):
    match = re.search(pattern, text)
    return float(match.group(1)) if match else default


def read_wrk(text):
    p99 = re.search(r"\s99%\s+([\d.]+)(us|ms|s|m)\b", text)
    return {"rps": number(r"Requests/sec:\s+([\d.]+)", text), "seconds": number(r"requests in ([\d.]+)s", text),
            "p99_ms": float(p99.group(1)) * UNITS_MS[p99.group(2)] if p99 else None}


def read_hey(text):
    p99 = number(r"99%+ in ([\d.]+) secs", text)
    return {"rps": number(r"Requests/sec:\s+([\d.]+)", text), "seconds": number(r"Total:\s+([\d.]+) secs", text),
            "p99_ms": p99 * 1e3 if p99 is not None else None}


def read_h2load(text):
    taken = re.search(r"finished in [\d.]+(?:us|ms|s|m)\b, ([\d.]+) req/s", text)
    # Its rate is for the requested time, not for the time that it prints as finished.
    return {"rps": float(taken.group(1)) if taken else None, "seconds": None, "p99_ms": None}


def read_ab(text):
    return {"rps": number(r"Requests per second:\s+([\d.]+)", text), "seconds": number(r"Time taken for tests:\s+([\d.]+)", text),
            "p99_ms": number(r"\n\s+99%\s+(\d+)", text)}


def read_vastar(text):
    report = json.loads(text)
    p99 = report["latency"]["percentiles"]["p99"]
    return {"rps": report["summary"]["rps"], "seconds": report["summary"]["total_s"],
            "p99_ms": p99 * 1e3 if p99 is not None else None}


def read_floor(text):
    # The rate is for its actual time, which it does not print: between the requested time and the life of its process.
    return {"rps": number(r"\brps ([\d.]+)", text), "seconds": None, "p99_ms": None, "open_ended": True}


class Tool:
    def __init__(self, name, command, read, version=None):
        self.name, self.command, self.read, self.version = name, command, read, version


def version_of(program, *arguments):
    try:
        run = subprocess.run([program, *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=10,
                             stdin=subprocess.DEVNULL, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return (run.stdout.strip().splitlines() or [None])[0]


def find(vastar_program, floor_program, old_program=None):
    """({name: Tool}, names of the missing peers)"""
    own = vastar(vastar_program)
    tools = {"vastar": Tool("vastar", own, read_vastar, version_of(vastar_program, "version")),
             "vastar alone": Tool("vastar alone", lambda *a: own(*a, alone=True), read_vastar)}
    missing = []
    if old_program:
        tools["old"] = Tool("old", vastar(old_program), read_vastar, version_of(old_program, "version"))
    for name, command, read, asks in (("wrk", wrk, read_wrk, "-v"), ("hey", hey, read_hey, None),
                                      ("h2load", h2load, read_h2load, "--version"), ("ab", ab, read_ab, "-V")):
        if shutil.which(name):
            tools[name] = Tool(name, command, read, version_of(name, asks) if asks else None)
        else:
            missing.append(name)
    for name, way in FLOOR_WAYS.items() if floor_program else ():
        tools[name] = Tool(name, floor(floor_program, way), read_floor)
    return tools, missing


# ---- running a tool ----

def high_water_kib(pid):
    """The peak memory of the program itself: wait4() would include that of the process it was forked from."""
    try:
        with open(f"/proc/{pid}/status") as file:
            return int(re.search(r"VmHWM:\s+(\d+)", file.read()).group(1))
    except (OSError, AttributeError):
        return 0


def run(command, cpus, limit):
    """(exit status, output, CPU seconds, peak MiB, seconds), or TimeoutError."""
    full = ["taskset", "-c", ",".join(map(str, cpus)), *command]
    begin = time.monotonic()
    end = begin + limit
    peak = 0
    with subprocess.Popen(full, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL) as child:
        os.set_blocking(child.stdout.fileno(), False)
        output = []
        while True:
            done, status, usage = os.wait4(child.pid, os.WNOHANG)
            output.append(child.stdout.read() or b"")
            if done:
                taken = time.monotonic() - begin
                child.returncode = os.waitstatus_to_exitcode(status)
                break
            peak = max(peak, high_water_kib(child.pid))
            if time.monotonic() > end:
                child.kill()
                raise TimeoutError(f"still running after {limit:g} s: {shlex.join(command)}")
            time.sleep(0.05)
    return child.returncode, b"".join(output).decode(errors="replace"), usage.ru_utime + usage.ru_stime, peak / 1024, taken
