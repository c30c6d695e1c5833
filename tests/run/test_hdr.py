#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""--out hdr=FILE, read by the decoder below, which knows only the format, and by HdrHistogram's own if installed."""
import base64
import json
import os
import shutil
import struct
import subprocess
import zlib

from harness import LIMIT, Case, main, vastar

PERCENTS = (50, 75, 90, 95, 99, 99.9, 99.99)  # each is a whole number of 10,000 responses
BUCKETS = 33 * 1024  # HdrHistogram from 1 ns to 1 h with 3 significant digits


def missing():
    """Why this build writes no HDR log, or None if it does."""
    run = vastar("-o", "hdr", "-n", "1", "-c", "1", "http://127.0.0.1:1/")
    return run.err if run.status == 2 else None


def words(data):
    """ZigZag LEB128 of 64 bits, in at most 9 bytes."""
    at = 0
    while at < len(data):
        value = 0
        for i in range(9):
            byte = data[at]
            at += 1
            value |= (byte if i == 8 else byte & 0x7f) << 7 * i
            if byte < 0x80:
                break
        yield value >> 1 if not value & 1 else -((value + 1) >> 1)


def bounds(index):
    shift = 0 if index < 2048 else index // 1024 - 1
    low = (index - shift * 1024) << shift
    return low, low + (1 << shift) - 1


def decode(text):
    """[(lowest, highest value, count)] of the buckets in use."""
    packed = base64.b64decode(text, validate=True)
    cookie, length = struct.unpack(">ii", packed[:8])
    assert cookie == 0x1c849314 and length == len(packed) - 8
    plain = zlib.decompress(packed[8:])
    cookie, length, offset, digits, lowest, highest, ratio = struct.unpack(">iiiiqqd", plain[:40])
    assert (cookie, length, offset, digits, lowest, ratio) == (0x1c849313, len(plain) - 40, 0, 3, 1, 1.0)
    assert highest == 3600 * 10**9
    index, found = 0, []
    for word in words(plain[40:]):
        if word > 0:
            found.append((*bounds(index), word))
        index += -word if word < 0 else 1
    assert index <= BUCKETS
    return found


def log_lines(text):
    """{tag: (start, length, maximum, histogram)} of a log."""
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    assert lines[0] == '"StartTimestamp","Interval_Length","Interval_Max","Interval_Compressed_Histogram"', lines[0]
    found = {}
    for line in lines[1:]:
        tag, _, rest = line.partition(",") if line.startswith("Tag=") else ("", "", line)
        start, length, most, histogram = rest.split(",")
        found[tag] = float(start), float(length), float(most), histogram
    return found


def in_ns(histogram):
    return [(round(b["from_s"] * 1e9), round(b["to_s"] * 1e9), b["count"]) for b in histogram]


JS = """
const hdr = require("hdr-histogram-js");
const reader = new hdr.HistogramLogReader(require("fs").readFileSync(0, "utf8"));
const found = [];
for (let h; (h = reader.nextIntervalHistogram()); )
    found.push({tag: h.tag, total: h.totalCount, max: h.maxValue, start: h.startTimeStampMsec,
                values: %s.map(p => h.getValueAtPercentile(p))});
console.log(JSON.stringify(found));
"""
PYTHON = """
import json, sys
from hdrh.log import HistogramLogReader
from hdrh.histogram import HdrHistogram
reader = HistogramLogReader("/dev/stdin", HdrHistogram(1, 3600 * 10**9, 3))
found = []
while True:
    h = reader.get_next_interval_histogram()
    if not h:
        break
    found.append({"tag": None, "total": h.get_total_count(), "max": h.get_max_value(), "start": h.get_start_time_stamp(),
                  "values": [h.get_value_at_percentile(p) for p in %s]})
print(json.dumps(found))
"""


def foreign_decoder():
    """The command of an installed HdrHistogram decoder that reads a log from standard input, or None."""
    if shutil.which("node"):
        paths = [os.environ.get("NODE_PATH", "")]
        if shutil.which("npm"):
            paths.append(subprocess.run(["npm", "root", "-g"], capture_output=True, text=True).stdout.strip())
        env = {**os.environ, "NODE_PATH": ":".join(filter(None, paths))}
        if not subprocess.run(["node", "-e", 'require("hdr-histogram-js")'], env=env, capture_output=True).returncode:
            return ["node", "-e", JS % list(PERCENTS)], env
    try:
        import hdrh.log  # noqa: F401
        import sys
        return [sys.executable, "-c", PYTHON % list(PERCENTS)], os.environ
    except ImportError:
        return None


class Hdr(Case):
    def logged(self, *arguments):
        """The JSON of a run and its log."""
        path = os.path.join(self.folder(), "run.hlog")
        report = self.bench("--out", f"hdr={path}", *arguments)
        with open(path) as file:
            return report, file.read()

    def setUp(self):
        why = missing()
        if why:
            self.skipTest(why)

    def test_buckets_are_those_of_the_json(self):
        report, log = self.logged("-n", 3000, "-c", 10, self.serve("--delay-exp", "1ms").url)
        self.assertIn("#[Histogram log format version 1.3]\n", log)
        start, length, most, histogram = log_lines(log)[""]
        self.assertEqual(decode(histogram), in_ns(report["latency"]["histogram"]))
        self.assertEqual(start, 0)
        self.assertAlmostEqual(length, report["summary"]["total_s"] + report["summary"]["drain_s"], places=3)
        self.assertAlmostEqual(most, 1e3 * report["summary"]["slowest_s"], places=3)

    def test_open_loop_has_both_times(self):
        report, log = self.logged("--rate", 1000, "-z", "300ms", "-c", 10, self.serve().url)
        lines = log_lines(log)
        self.assertEqual(decode(lines[""][3]), in_ns(report["latency"]["histogram"]))
        self.assertEqual(decode(lines["Tag=service"][3]), in_ns(report["service"]["histogram"]))

    def test_no_responses(self):
        path = os.path.join(self.folder(), "run.hlog")
        self.assertEqual(vastar("-n", 1, "-c", 1, "--out", f"hdr={path}", "http://127.0.0.1:1/").status, 1)
        with open(path) as file:
            self.assertEqual(decode(log_lines(file.read())[""][3]), [])

    def test_of_a_merge(self):
        report, log = self.logged("-n", 100, "-c", 2, "-o", "json", self.serve().url)
        path = os.path.join(self.folder(), "a.json")
        with open(path, "w") as file:
            json.dump(report, file)
        self.assertEqual(log_lines(vastar("merge", "-o", "hdr", path).out), log_lines(log))

    def test_read_by_hdr_histograms_own_decoder(self):
        decoder = foreign_decoder()
        if not decoder:
            self.skipTest("neither hdr-histogram-js (npm) nor hdrhistogram (PyPI) is installed")
        report, log = self.logged("-n", 10000, "-c", 10, self.serve("--delay-exp", "300us").url)
        run = subprocess.run(decoder[0], env=decoder[1], input=log, capture_output=True, text=True, timeout=LIMIT)
        self.assertEqual(run.returncode, 0, run.stderr)
        read, = json.loads(run.stdout)
        buckets = in_ns(report["latency"]["histogram"])
        self.assertEqual(read["total"], 10000)
        for percent, value in zip(PERCENTS, read["values"]):
            ours = round(1e9 * report["latency"]["percentiles"][f"p{percent:g}"])
            low, high = next((low, high) for low, high, _ in buckets if low <= ours <= high)
            self.assertEqual(value, high, f"p{percent:g}, {ours} ns")
        low, high, _ = buckets[-1]
        self.assertTrue(low <= read["max"] <= high, read["max"])


class WithoutZlib(Case):
    def test_refused(self):
        if not missing():
            self.skipTest("this build has zlib")
        for arguments in (["-o", "hdr"], ["--out", "hdr=file"]):
            run = vastar(*arguments, "http://127.0.0.1:1/")
            self.assertEqual((run.status, run.out), (2, ""), run)
            self.assertRegex(run.err, r"\Avastar: [^\n]*'hdr': [^\n]*without zlib[^\n]*-Dhdr=enabled[^\n]*\n\Z")


if __name__ == "__main__":
    main()
