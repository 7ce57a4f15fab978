"""How long proofs for any size take: each sound design that is shipped, and the benchmark protocol.

``python -m bench.proving [DESIGN...]`` has ``unsay prove`` prove each design with an empty cache,
once more with what it kept, and write the certificate, and has cvc5 discharge that. Of designs of
equal rules the others are proved only, as what is proved is the same. The table goes into a section
of bench/RESULTS.md. What is not proved, or not discharged, is listed: exit code 1.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.peers import RESULTS, Work, written

from unsay.designs.catalogue import shipped
from unsay.engines.budget import Budget
from unsay.engines.proof.attempt import Attempt
from unsay.engines.proof.attempts import attempts
from unsay.model.design import load_design
from unsay.model.language import Machine
from unsay.model.recall.machine import build_machine
from unsay.model.recall_bench import Size, build_bench
from unsay.properties.recall_bench import BENCH_PROPERTIES

SECTION = "## Proofs for any size"
SECONDS = 300
"""For a design."""
_AGAIN_SECONDS = 30
"""For its certificate: what was found is kept, and the rest is not to be looked for again."""
_VERDICT = re.compile(r"^(\S+) +(PROVED|UNKNOWN) +(.*?) +([0-9.]+) s$", re.MULTILINE)
_RECHECKED = re.compile(r"^(\S+) +(\d+) +(\d+) +(\d+) +(\d+) +([0-9.]+) s$", re.MULTILINE)
_AMISS = re.compile(r"^(?:contradicted|unknown): .*$", re.MULTILINE)


def sound() -> dict[str, Path]:
    """The shipped designs of which nothing is broken."""
    return {
        name: path
        for name, path in shipped().items()
        if name.endswith("-repaired") or name == "article-tracked"
    }


def kinds() -> dict[str, tuple[Machine, list[str]]]:
    """The sound designs of different rules; with each, all that have the same, itself first."""
    found: dict[str, tuple[Machine, list[str]]] = {}
    for name, path in sound().items():
        machine = build_machine(load_design(path))
        found.setdefault(machine.spelt, (machine, []))[1].append(name)
    return {names[0]: (machine, names) for machine, names in found.values()}


@dataclass(frozen=True)
class Row:
    """What came of one design.

    Attributes:
        name: The design.
        seconds: Of each property that is proved, the seconds that it took.
        unproved: What is not, and why, though it says something and no other size breaks it.
        untrue: What a small world of another size breaks, and that world.
        lemmas: The most lemmas of a proof.
        cold: Seconds, and processor seconds, of the whole process with an empty cache.
        cached: The same with what it kept.
        files: Questions of the certificate; none where a design of equal rules has it.
        recheck: Seconds that cvc5 took for them.
        amiss: What cvc5 did not discharge, each in a line.
    """

    name: str
    seconds: dict[str, float]
    unproved: dict[str, str]
    untrue: dict[str, str]
    lemmas: int
    cold: tuple[float, float]
    cached: tuple[float, float]
    files: int
    recheck: float
    amiss: list[str]

    def cells(self) -> list[str]:
        """As the table has it."""
        slowest = max(self.seconds, key=lambda n: self.seconds[n], default="")
        return [
            self.name,
            f"{len(self.seconds)} of {len(self.seconds) + len(self.unproved)}",
            f"{slowest} {self.seconds.get(slowest, 0.0):.0f}",
            str(self.lemmas),
            f"{self.cold[0]:.0f} ({self.cold[1]:.0f})",
            f"{self.cached[0]:.1f} ({self.cached[1]:.1f})",
            f"{self.files - len(self.amiss)} of {self.files}" if self.files else "",
            f"{self.recheck:.0f}" if self.files else "",
        ]


def measured(name: str, certified: bool) -> Row:
    """Prove one design in a cache of its own; check a certificate if it is asked for."""
    with tempfile.TemporaryDirectory(prefix="unsay-") as made:
        folder = Path(made)
        os.environ |= {"XDG_CACHE_HOME": str(folder / "cache"), "COLUMNS": "200"}
        prove = (sys.executable, "-m", "unsay.cli", "prove", name, "--timeout")
        printed, *cold = _timed(folder, *prove, str(SECONDS))
        _, *cached = _timed(folder, *prove, str(SECONDS))
        said, took = "", [0.0]
        if certified:
            _timed(folder, *prove, str(_AGAIN_SECONDS), "--certificate", "certificate")
            check = (sys.executable, "-m", "unsay.cli", "recheck", "certificate")
            said, *took = _timed(folder, *check)
    verdicts = _VERDICT.findall(printed)
    found = _RECHECKED.findall(said)
    others = {p: why for p, verdict, why, _ in verdicts if verdict != "PROVED"}
    untrue = {p: why for p, why in others.items() if why.startswith("broken at")}
    silent_ones = {p for p, why in others.items() if why.startswith("says nothing")}
    return Row(
        name=name,
        seconds={p: float(s) for p, verdict, _, s in verdicts if verdict == "PROVED"},
        unproved={p: why for p, why in others.items() if p not in untrue.keys() | silent_ones},
        untrue=untrue,
        lemmas=max(map(int, re.findall(r"(\d+) lemma", printed)), default=0),
        cold=(cold[0], cold[1]),
        cached=(cached[0], cached[1]),
        files=sum(int(files) for _, files, *_ in found),
        recheck=took[0],
        amiss=_AMISS.findall(said),
    )


def _timed(folder: Path, *command: str) -> tuple[str, float, float]:
    """What a command prints, the seconds that it takes, and those of the processor."""
    work = Work(folder)
    printed = work.run(*command)
    figures = work.found(None, None, None)
    return printed, figures.seconds, figures.cpu_seconds


def recall_bench() -> list[Attempt]:
    """Both invariants of the benchmark protocol; no size of it is in a proof."""
    return attempts(build_bench(Size(2, 1, 2)), BENCH_PROPERTIES, Budget(60.0))


def section(rows: Sequence[Row], protocol: Sequence[Attempt]) -> Iterator[str]:
    """The section of the results."""
    yield SECTION
    yield ""
    yield "`python -m bench.proving`: `unsay prove` of every sound design that is shipped, whole"
    yield "processes, one at a time, one run each; processor seconds in parentheses. All"
    yield "properties of states and steps; then the same with what was kept, and cvc5 on the"
    yield "certificate (20 s for a file). What says nothing at any size is left out, and what"
    yield "another size breaks is listed: it holds at the design's own scope only. Where there is"
    yield "no certificate the rules are those of another design, and so is the proof."
    yield ""
    yield "| design | proved | slowest, s | most lemmas | cold, s | cached, s | cvc5 | cvc5, s |"
    yield "|---|---|---|---|---|---|---|---|"
    for row in rows:
        yield f"| {' | '.join(row.cells())} |"
    proved = sum(a.proof is not None for a in protocol)
    seconds = sum(a.seconds for a in protocol)
    yield ""
    yield f"recall-bench: {proved} of {len(protocol)} invariants, {seconds:.1f} s together."
    for row in rows:
        for name, why in row.unproved.items():
            yield f"\nNot proved: {row.name}, {name}: {why}"
        for name, why in row.untrue.items():
            yield f"\nNot true at every size: {row.name}, {name}: {why}"
        for line in row.amiss:
            yield f"\nNot discharged: {row.name}: {line}"


def main() -> None:
    """Measure, print the section, and put it into the results if it is of all designs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("designs", nargs="*", metavar="DESIGN", help=", ".join(sound()))
    asked = parser.parse_args().designs or list(sound())
    if unknown := [name for name in asked if name not in sound()]:
        parser.error(f"no sound shipped design: {', '.join(unknown)}")
    protocol = recall_bench()
    first_of_kind = kinds()
    rows = []
    for name in asked:
        rows.append(measured(name, name in first_of_kind))
        print(" | ".join(rows[-1].cells()), flush=True)
    text = "\n".join(section(rows, protocol))
    if len(rows) == len(sound()):
        RESULTS.write_text(written(RESULTS.read_text(), text))
    print(text)
    sys.exit(1 if any(r.unproved or r.amiss for r in rows) else 0)


if __name__ == "__main__":
    main()
