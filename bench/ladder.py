"""A ladder of sizes: how states, time and memory grow. Writes bench/RESULTS.md.

``python bench/ladder.py`` runs each size in a process of its own, start included, several times,
and keeps the median. Sizes that run out of the limits are listed as such.
"""

from __future__ import annotations

import json
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

from unsay.model.design import Design, design_from_data
from unsay.properties import PROPERTIES, PropertyKind

RESULTS = Path(__file__).resolve().parent / "RESULTS.md"
REPEATS = 3
SECONDS, MIB = 60, 4096

PROTOCOL = [
    (4, 1, 2), (3, 2, 1), (2, 3, 2), (5, 1, 2), (3, 2, 2), (2, 4, 2), (8, 1, 1),
    (5, 2, 2), (8, 2, 2), (10, 3, 3), (4, 1, 2), (8, 1, 2), (16, 1, 2), (32, 1, 2), (64, 1, 2),
]  # fmt: skip
"""Nodes, messages, recalls."""

MACHINES = [
    (3, 1, 1, ["recall"]), (3, 2, 1, ["recall", "recall"]), (4, 2, 1, ["recall", "recall"]),
    (5, 2, 1, ["recall", "recall"]), (3, 1, 2, ["recall"]), (5, 2, 2, ["recall", "recall"]),
]  # fmt: skip
"""Nodes, devices a node, messages, acts after each send."""

CLAIMS = {
    kind: [
        p.name
        for p in PROPERTIES.values()
        if (p.kind is PropertyKind.EVENTUALLY) == endless and p.name != "resend-survives"
    ]
    for kind, endless in (("finite runs", False), ("infinite runs", True))
}
"""The properties that are asked, in two sorts; nothing is sent again here."""


def chain(nodes: int, devices: int, messages: int, acts: Sequence[str]) -> Design:
    """The article's repaired design on a longer path: each device may drop out once."""
    names = [f"n{i}" for i in range(nodes)]
    return design_from_data(
        {
            "title": f"chain {nodes} {devices} {messages} {'+'.join(acts)}",
            "nodes": {n: {} for n in names},
            "links": [{"between": [a, b]} for a, b in pairwise(names)],
            "devices": {
                f"{n}-{i}": {"account": "alice" if n == names[0] else "bob", "home": n}
                for n in names
                for i in range(devices)
            },
            "faults": {"loss": 0, "duplication": 0, "crash": 0, "offline": 1},
            "scope": {"messages": messages, "commands": list(acts)},
        }
    )


def run(arguments: Sequence[str]) -> tuple[float, subprocess.CompletedProcess[str]]:
    """One run of the command, with its wall-clock seconds."""
    start = time.monotonic()
    command = [sys.executable, "-m", "unsay.cli", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return time.monotonic() - start, done


def protocol_rows() -> Iterator[str]:
    """The benchmark protocol, size by size."""
    for size in dict.fromkeys(PROTOCOL):
        seconds, said = [], ""
        for _ in range(REPEATS):
            taken, done = run(["bench", *map(str, size), "--time-limit", str(SECONDS)])
            seconds.append(taken)
            said = done.stdout.strip() or done.stderr.strip()
        fields = dict(part.split("=") for part in said.split()) if "=" in said else {}
        states = f"{int(fields['states']):,}" if fields else said
        middle = statistics.median(seconds)
        yield f"| {size} | {states} | {middle:.2f} | {fields.get('memory_mib', '')} |"


def machine_rows(folder: Path) -> Iterator[str]:
    """The recall machine, every property, size by size."""
    for nodes, devices, messages, acts in MACHINES:
        design = chain(nodes, devices, messages, acts)
        path = folder / "design.json.toml"
        path.write_text(_toml(design))
        limits = ["--time-limit", str(SECONDS), "--memory-limit", str(MIB)]
        size = f"{nodes} nodes, {devices} devices each, {messages} messages, {'+'.join(acts)}"
        for kind, names in CLAIMS.items():
            asked = [part for name in names for part in ("-p", name)]
            taken, done = run(["check", str(path), "--json", *limits, *asked])
            verdicts = json.loads(done.stdout)[0]["verdicts"] if done.stdout else []
            outcomes = ", ".join(sorted({v["verdict"] for v in verdicts}))
            yield f"| {size} | {kind} | {_how_much(verdicts)} | {outcomes} | {taken:.1f} |"


def _how_much(verdicts: Sequence[dict[str, Any]]) -> str:
    """How far the verdicts reach: the most states of any, or the most and largest slices."""
    if counts := [v["states"] for v in verdicts if v["states"] is not None]:
        return f"{max(counts):,} states"
    if slices := [v["slices"] for v in verdicts if v["slices"] is not None]:
        largest = max(v["slice_states"] or 0 for v in verdicts)
        return f"{sum(slices)} slices of up to {largest:,} states"
    return ""


def _toml(design: Design) -> str:
    """The design as a file: JSON values are TOML values, table by table."""
    data = design.resolved()
    lines = [f"title = {json.dumps(data['title'])}"]
    lines += [f"[nodes.{n}]" for n in data["nodes"]]
    for link in data["links"]:
        lines += ["[[links]]", f"between = {json.dumps(list(link['between']))}"]
    for name, device in data["devices"].items():
        lines += [f"[devices.{name}]"]
        lines += [f"{key} = {json.dumps(value)}" for key, value in device.items()]
    for section in ("faults", "scope"):
        lines += [f"[{section}]"]
        lines += [f"{key} = {json.dumps(value)}" for key, value in data[section].items()]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Run the ladder and write the results."""
    with tempfile.TemporaryDirectory() as folder:
        text = [
            "# Results",
            "",
            f"Written by `make bench`. {platform.system()} {platform.machine()}, Python",
            f"{platform.python_version()}; whole processes, start included, median of {REPEATS}.",
            "",
            "## recall-bench (nodes, messages, recalls): `unsay bench N M R`",
            "",
            "| size | states | seconds | peak MiB |",
            "|---|---|---|---|",
            *protocol_rows(),
            "",
            "## The recall machine: the article's repaired design on longer paths, all properties",
            "",
            f"One run each, limits {SECONDS} s and {MIB} MiB.",
            "",
            "| size | properties about | the most that was looked at | verdicts | seconds |",
            "|---|---|---|---|---|",
            *machine_rows(Path(folder)),
            "",
        ]
    # What bench/peers.py measured stays, until it measures again.
    _, heading, rest = RESULTS.read_text().partition("\n## Other checkers")
    RESULTS.write_text("\n".join(text) + heading + rest)
    print("\n".join(text))


if __name__ == "__main__":
    main()
