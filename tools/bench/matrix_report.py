# SPDX-License-Identifier: MIT OR Apache-2.0
"""From the runs of the matrix to its figures: medians, ratios within a round, targets, a Markdown table."""
import statistics

FIGURES = ("rps", "cpu_us", "p99_ms", "rss_mib")
FLOORS = ("floor block", "floor spin", "floor pause", "floor min-wait")


def column(runs, figure):
    return [run[figure] for run in runs if run.get(figure) is not None]


def median(values):
    return statistics.median(values) if values else None


def ratio(runs, others, figure):
    """The median ratio of vastar's figure to the other's, over the rounds that both have."""
    pairs = [(run[figure], others[turn][figure]) for turn, run in runs.items() if turn in others]
    return median([a / b for a, b in pairs if a is not None and b])


def best_floor(seen):
    rates = {name: median(column(seen[name].values(), "rps")) for name in FLOORS if seen.get(name)}
    return max(rates, key=rates.get) if rates else None


def judge(target, seen):
    """{target, measured, against, met}. met is None if there is nothing to compare with."""
    measured, against = None, None
    if target.against is None:
        measured = median(column(seen["vastar"].values(), target.figure))
    else:
        names = [best_floor(seen) if name == "floor" else name for name in target.against]
        ratios = {name: ratio(seen["vastar"], seen[name], target.figure) for name in names if seen.get(name)}
        ratios = {name: value for name, value in ratios.items() if value is not None}
        worst = min if target.comparison == ">=" else max
        if ratios:
            against = worst(ratios, key=ratios.get)
            measured = ratios[against]
    met = None
    if measured is not None:
        met = measured >= target.limit if target.comparison == ">=" else measured <= target.limit
    return {"target": target.text(), "measured": measured, "against": against, "met": met}


def figures(name, runs, seen, failures):
    """The figures of one tool in one row."""
    whole = list(runs.values())
    tool = {"tool": name, "runs": len(whole), "failures": failures,
            **{figure: median(column(whole, figure)) for figure in FIGURES}}
    rates = column(whole, "rps")
    tool.update(rps_min=min(rates, default=None), rps_max=max(rates, default=None),
                count_off_pct=max(column(whole, "off_pct"), key=abs, default=None))
    for figure, key in (("rps", "vastar_rate_ratio"), ("cpu_us", "vastar_cpu_ratio")):
        tool[key] = ratio(seen["vastar"], runs, figure) if seen.get("vastar") else None
    return tool


def sum_up(row, server, seen, failures):
    """`seen`: {tool: {round: run}}, without failed runs."""
    tools = [figures(name, seen[name], seen, failures[name]) for name in seen]
    targets = [judge(target, seen) for target in row.targets] if seen.get("vastar") else []
    return {"row": row.name, "server": server, "path": row.path, "c": row.c, "pinned": row.pinned, "least_s": row.least_s, "tools": tools,
            "best_floor": best_floor(seen), "targets": targets, "failed": any(failures.values()),
            "checked": any(tool["count_off_pct"] is not None for tool in tools)}


# ---- Markdown ----

def cell(value, form="{:.2f}"):
    return form.format(value) if value is not None else "-"


def ratio_to(row, name):
    tool = next((tool for tool in row["tools"] if tool["tool"] == name), None)
    if tool is None or tool["vastar_rate_ratio"] is None:
        return "-"
    return f"{tool['vastar_rate_ratio']:.2f} ({cell(tool['vastar_cpu_ratio'])})"


def verdict(row):
    if row["failed"]:
        return "FAILED: " + ", ".join(tool["tool"] for tool in row["tools"] if tool["failures"])
    missed = [f"{target['target']}: {target['measured']:.3f}" for target in row["targets"] if target["met"] is False]
    judged = [target for target in row["targets"] if target["met"] is not None]
    return "missed: " + "; ".join(missed) if missed else "met" if judged else "not judged"


def table(report):
    others = [name for name in ("old", "wrk", "hey", "h2load", "ab", "vastar alone")
              if any(tool["tool"] == name for row in report["rows"] for tool in row["tools"])]
    floors = any(row["best_floor"] for row in report["rows"])
    head = ["Row", "Server", "Requests/s", "CPU us", "p99 ms", "RSS MiB", *(f"x {name} (CPU)" for name in others),
            *(["x best floor (CPU)"] if floors else []), "Count off", "Targets"]
    lines = ["| " + " | ".join(head) + " |", "|---|---|" + "---:|" * (len(head) - 3) + "---|"]
    for row in report["rows"]:
        own = next((tool for tool in row["tools"] if tool["tool"] == "vastar"), {})
        cells = [row["row"], row["server"], cell(own.get("rps"), "{:,.0f}"), cell(own.get("cpu_us")), cell(own.get("p99_ms"), "{:.3g}"),
                 cell(own.get("rss_mib"), "{:.1f}"), *(ratio_to(row, name) for name in others)]
        if floors:
            cells.append(ratio_to(row, row["best_floor"]))
        cells += [cell(own.get("count_off_pct"), "{:+.2f} %"), verdict(row)]
        lines.append("| " + " | ".join(cells) + " |")
    return lines


def markdown(report):
    machine, params = report["machine"], report["params"]
    longer = "".join(f", {row['row']} of {row['least_s']:g} s" for row in report["rows"] if row["least_s"] > params["seconds"])
    lines = [*table(report), "",
             f"vastar against other tools, medians over {params['rounds']} alternating rounds of {params['seconds']:g} s{longer}; in brackets "
             "the CPU ratio. A rate below 1 means that vastar is slower, a CPU below 1 that it takes less.",
             f"Machine: {machine['cpu_model']}, {machine['cpus']} processors, Linux {machine['kernel']}, TCP "
             f"{machine['congestion_control']}, load {machine['load_before']:.1f} before and {machine['load_after']:.1f} after. "
             + ("Server and client each on their own processor." if machine["pinned"] else "Server and client share the only processor.")]
    named = [f"{name} {version}" if name not in version else version for name, version in report["versions"].items() if version]
    lines.append("Tools: " + "; ".join(named) + ".")
    for what, names in (("Missing", report["missing"]), ("Left out", report["left_out"])):
        if names:
            lines.append(f"{what}: {'; '.join(names)}.")
    unchecked = [row["row"] for row in report["rows"] if not row["checked"]]
    if unchecked:
        lines.append(f"Not compared with the server's own count: {', '.join(unchecked)}.")
    for row in report["rows"]:
        for tool in row["tools"]:
            lines += [f"- {row['row']}: {tool['tool']} failed: {failure}" for failure in tool["failures"][:1]]
    return "\n".join(lines) + "\n"
