"""The shipped designs and what is expected of them.

``manifest.toml`` records, for each design and property, the verdict of the explicit engine at the
design's own scope: the number of reachable states where the property holds, the fewest steps
where it does not. A test re-checks every line of it.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

MANIFEST = "manifest.toml"


@dataclass(frozen=True)
class Expected:
    """What the manifest expects of one property: a verdict, and its number of states or steps.

    Of a run that never ends, ``steps`` counts those up to where it begins to repeat.
    """

    verdict: str
    states: int | None = None
    steps: int | None = None


@dataclass(frozen=True)
class Entry:
    """One shipped design.

    Attributes:
        name: Its file name without ``.toml``.
        role: ``"broken"`` or ``"sound"``.
        twin: The other design of the pair, if it has one.
        expected: What is expected, by property.
    """

    name: str
    role: str
    twin: str
    expected: dict[str, Expected]


def folder() -> Path:
    """The folder of the shipped designs."""
    return Path(str(resources.files("unsay.designs")))


def shipped() -> dict[str, Path]:
    """The files of the shipped designs, by name."""
    return {p.stem: p for p in sorted(folder().glob("*.toml")) if p.name != MANIFEST}


def market_examples() -> dict[str, Path]:
    """The files with examples of rules of markets, by the name of the market."""
    return {p.stem: p for p in sorted((folder() / "markets").glob("*.toml"))}


def read_manifest() -> dict[str, Entry]:
    """The manifest, by name of design."""
    with (folder() / MANIFEST).open("rb") as file:
        data = tomllib.load(file)
    return {
        name: Entry(
            name,
            entry["role"],
            entry.get("twin", ""),
            {p: Expected(**values) for p, values in entry["properties"].items()},
        )
        for name, entry in data.items()
    }


def written(entries: dict[str, Entry]) -> str:
    """The text of a manifest with these entries."""
    lines = [
        "# Expected verdicts of the shipped designs, each at its own scope (explicit engine).",
        "# Written by: pytest tests/test_manifest.py --rewrite. Do not edit by hand.",
    ]
    for entry in entries.values():
        lines += ["", f"[{entry.name}]", f'role = "{entry.role}"']
        lines += [f'twin = "{entry.twin}"'] if entry.twin else []
        lines += [f"[{entry.name}.properties]"]
        for name, e in entry.expected.items():
            number = f"steps = {e.steps}" if e.steps is not None else f"states = {e.states}"
            lines.append(f'{name} = {{ verdict = "{e.verdict}", {number} }}')
    return "\n".join(lines) + "\n"
