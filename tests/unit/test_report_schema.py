#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""JSON reports of hand-made results against the schema: test_report_schema.py REPORT_SAMPLE SCHEMA. Prints TAP."""
import copy
import json
import subprocess
import sys

try:
    from jsonschema import Draft202012Validator
except ImportError:
    print("1..0 # SKIP python3-jsonschema is not installed")
    sys.exit(0)

ORDER = ["schema_version", "kind", "vastar", "machine", "params", "started_at", "summary", "latency", "latency_by_status",
         "phases", "http2", "stream", "websocket", "tls",
         "intervals", "status_codes", "errors", "error_ages_s", "error_examples", "client", "slo", "insight", "next_step",
         "notes"]


def valid(validator, report):
    return [f"{'/'.join(map(str, e.absolute_path))}: {e.message}" for e in validator.iter_errors(report)]


def consistent(report):
    """Rules that a schema cannot express."""
    s, latency = report["summary"], report["latency"]
    checks = {
        "the keys are in the documented order": list(report) == [key for key in ORDER if key in report],
        "no key is missing": set(ORDER) - set(report) <= {"latency_by_status"},
        "classes add up to the responses":
            sum(c["responses"] for c in report.get("latency_by_status", {}).values()) in (0, s["responses"]),
        "classes have their buckets": all(
            sum(b["count"] for b in c["histogram"]) == c["responses"] for c in report.get("latency_by_status", {}).values()),
        "requests = responses + errors + drain_aborted":
            s["requests"] == s["responses"] + s["errors"] + s["drain_aborted"],
        "status codes add up to the responses": sum(report["status_codes"].values()) == s["responses"],
        "error kinds add up to the errors": sum(report["errors"].values()) == s["errors"],
        "buckets add up to the responses": sum(b["count"] for b in latency["histogram"]) == s["responses"],
        "intervals add up to the responses": sum(i["responses"] for i in report["intervals"]) == s["responses"],
        "intervals add up to the errors": sum(i["errors"] for i in report["intervals"]) == s["errors"],
        "bars add up to the responses": sum(b["count"] for b in latency["bars"]) == s["responses"],
        "percentiles rise": (lambda p: p == sorted(p))([v for v in latency["percentiles"].values() if v is not None]),
        "no response, no percentile": (latency["percentiles"]["p50"] is None) == (s["responses"] == 0),
        "buckets are in order and apart": all(
            a["to_s"] < b["from_s"] for a, b in zip(latency["histogram"], latency["histogram"][1:])),
        "bucket bounds are whole nanoseconds": all(
            abs(b[k] * 1e9 - round(b[k] * 1e9)) < 1e-3 for b in latency["histogram"] for k in ("from_s", "to_s")),
    }
    return [what for what, holds in checks.items() if not holds]


def mutations(report):
    """Reports that a strict schema must refuse."""
    def changed(path, value):
        other = copy.deepcopy(report)
        inner = other
        for key in path[:-1]:
            inner = inner[key]
        if value is None:
            del inner[path[-1]]
        else:
            inner[path[-1]] = value
        return other
    yield "a missing key", changed(["summary", "rps"], None)
    yield "an unknown key", changed(["summary", "surprise"], 1)
    yield "a negative count", changed(["summary", "errors"], -1)
    yield "text in place of a number", changed(["latency", "percentiles", "p50"], "fast")
    yield "credentials in the URL", changed(["params", "url"], "http://user:secret@host/")
    yield "an unknown verdict", changed(["client", "verdict"], "fine")


def refuse_constant(name):
    raise ValueError(f"{name} is not JSON")


def main():
    sample, schema_path = sys.argv[1:3]
    with open(schema_path, encoding="utf-8") as file:
        schema = json.load(file)
    Draft202012Validator.check_schema(schema)
    validator = Draft202012Validator(schema)
    names = subprocess.run([sample], stdout=subprocess.PIPE, check=True, text=True).stdout.split()
    results = []
    for name in names:
        output = subprocess.run([sample, name, "json"], stdout=subprocess.PIPE, check=True).stdout
        report = json.loads(output.decode("ascii"), parse_constant=refuse_constant)
        results.append((f"{name} is valid", valid(validator, report)))
        results.append((f"{name} is consistent", consistent(report)))
    output = subprocess.run([sample, "usual", "json"], stdout=subprocess.PIPE, check=True).stdout
    for what, report in mutations(json.loads(output)):
        results.append((f"{what} is refused", [] if valid(validator, report) else ["it was accepted"]))
    print(f"1..{len(results)}")
    for number, (what, problems) in enumerate(results, 1):
        print(f"{'not ok' if problems else 'ok'} {number} - {what}")
        for problem in problems:
            print(f"# {problem}")
    return 1 if any(problems for _, problems in results) else 0


if __name__ == "__main__":
    sys.exit(main())
