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

from unsay.model.design import Design, design_from_data

RESULTS = Path(__file__).resolve().parent / "RESULTS.md"
REPEATS = 3
SECONDS, MIB = 120, 4096

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
        taken, done = run(["check", str(path), "-e", "exhaustive", "--json", *limits])
        verdicts = json.loads(done.stdout)[0]["verdicts"] if done.stdout else []
        kinds = sorted({v["verdict"] for v in verdicts})
        most = max((v.get("states") or 0 for v in verdicts), default=0)
        size = f"{nodes} nodes, {devices} devices each, {messages} messages, {'+'.join(acts)}"
        yield f"| {size} | {most:,} | {', '.join(kinds)} | {taken:.1f} |"


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
            "| size | states (of the property with most history) | verdicts | seconds |",
            "|---|---|---|---|",
            *machine_rows(Path(folder)),
            "",
        ]
    # What bench/peers.py measured stays, until it measures again.
    _, heading, rest = RESULTS.read_text().partition("\n## Other checkers")
    RESULTS.write_text("\n".join(text) + heading + rest)
    print("\n".join(text))


if __name__ == "__main__":
    main()
