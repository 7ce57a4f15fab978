"""Another prover on the same rules: mypyvy, which looks for invariants of any size as well.

``python -m bench.provers`` writes the text of the benchmark protocol and of some claims about a
shipped design for mypyvy, has it look for an inductive invariant (``updr``), and puts what it says
and takes into a section of bench/RESULTS.md beside ``unsay prove``. Then it has mypyvy ``verify``
the lemmas that Unsay found. A lemma that mypyvy says some step breaks is an error: exit code 1.

mypyvy is the command in ``MYPYVY``, such as "python3 mypyvy/src/mypyvy.py", or ``mypyvy``.
"""

from __future__ import annotations

import argparse
import os
import re
import shlex
import shutil
import statistics
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from bench.peers import REPEATS, RESULTS, Work, written

from unsay.designs.catalogue import shipped
from unsay.engines.budget import Budget
from unsay.engines.proof.archive import Archive
from unsay.engines.proof.attempts import attempts
from unsay.engines.proof.small import as_property
from unsay.model.design import load_design
from unsay.model.language import Machine
from unsay.model.recall.machine import build_machine
from unsay.model.recall_bench import Size, build_bench
from unsay.properties import PROPERTIES, Property
from unsay.properties.recall_bench import BENCH_PROPERTIES
from unsay.reports.texts import subject_of, write_texts

SECTION = "## Another prover on the same rules"
BENCH = (2, 1, 2)
"""Where samples for our lemmas begin; no size is in the text."""
DESIGN = "article-tracked"
CLAIMS = (
    "commands-commute",
    "idempotent-effects",
    "version-override",
    "idempotent-state",
    "no-resurrection",
)
SECONDS = 600
"""For one run: processor seconds of mypyvy, and seconds by the clock of ours."""


@dataclass(frozen=True)
class Case:
    """Something to be proved.

    Attributes:
        name: What the table calls it.
        machine: The machine.
        properties: What is claimed of it, together.
        ours: The command that proves it here.
    """

    name: str
    machine: Machine
    properties: tuple[Property, ...]
    ours: tuple[str, ...]

    def with_lemmas(self) -> tuple[Case, int] | None:
        """The same with the lemmas that Unsay finds as further claims, and their number."""
        found = attempts(self.machine, self.properties, Budget(SECONDS), archive=Archive({}))
        lemmas = dict.fromkeys(t for a in found if a.proof is not None for t in a.proof.lemmas)
        if any(a.proof is None for a in found):
            return None
        more = (as_property(f"lemma-{i}", t) for i, t in enumerate(lemmas, 1))
        return replace(self, properties=(*self.properties, *more)), len(lemmas)


@dataclass(frozen=True)
class Run:
    """What one run said, and what it took: processor seconds, and seconds by the clock."""

    said: str
    cpu_seconds: float
    seconds: float

    def __str__(self) -> str:
        return f"{self.said} | {self.cpu_seconds:.1f} ({self.seconds:.1f})"


def cases() -> list[Case]:
    """The benchmark protocol, and each claim about the design alone."""
    size = [str(n) for n in BENCH]
    machine = build_machine(load_design(shipped()[DESIGN]))
    return [
        Case(
            "recall-bench, both",
            build_bench(Size(*BENCH)),
            BENCH_PROPERTIES,
            ("bench", *size, "--engine", "proof", "--time-limit", str(SECONDS)),
        ),
        *(
            Case(
                f"{DESIGN}, {name}",
                machine,
                (PROPERTIES[name],),
                ("prove", DESIGN, "-p", name, "--no-archive", "--timeout", str(SECONDS)),
            )
            for name in CLAIMS
        ),
    ]


def mypyvy() -> tuple[str, ...]:
    """How mypyvy is called, or nothing where it is not there."""
    if wanted := os.environ.get("MYPYVY"):
        return tuple(shlex.split(wanted))
    return ("mypyvy",) if shutil.which("mypyvy") else ()


def proved_here(case: Case, folder: Path) -> Run:
    """A whole process of ours."""
    work = Work(folder)
    said = work.run(sys.executable, "-m", "unsay.cli", *case.ours)
    asked = len(case.properties)
    verdicts = re.findall(r"\b(PROVED|UNKNOWN)\b", said)[:asked]
    return _run(work, ", ".join(dict.fromkeys(verdicts)) or _last_line(said))


def asked_of_mypyvy(case: Case, command: Sequence[str], mode: str, folder: Path) -> Run:
    """A whole process of mypyvy on the text of a case.

    Args:
        case: The case.
        command: How mypyvy is called.
        mode: ``updr`` or ``verify``; with ``verify`` goes ``theorem``, for what no rule changes.
        folder: Where the text goes.
    """
    subject = subject_of(case.machine, case.properties, "case", "bench/provers.py")
    write_texts("mypyvy", subject, folder / "case.pyv")
    work = Work(folder)
    # Whoever is stopped by the limit says nothing of it; the shell does, by a code above 128.
    asked = " && ".join(
        f'"$@" {m} case.pyv' for m in ((mode, "theorem") if mode == "verify" else (mode,))
    )
    limited = ("sh", "-c", f'ulimit -t {SECONDS}; {asked}; echo "$?"', "sh")
    said, _, code = work.run(*limited, *command).rstrip().rpartition("\n")
    if int(code) > 128:
        return _run(work, f"no end within {SECONDS} processor seconds")
    return _run(work, answer(said))


def answer(said: str) -> str:
    """What mypyvy came to, in a few words, from what it printed."""
    if "updr found inductive invariant!" in said:
        formulas = re.findall(r"^!\(exists ", said.split("frame is safe and inductive")[1], re.M)
        return f"invariant of {len(formulas)} formulas"
    if "updr found abstract counterexample!" in said:
        return "no universal invariant"
    if "all ok!" in said:
        return "all ok"
    if broken := re.search(r"invariant (\S+) is not preserved by transition (\S+)", said):
        return f"{broken[1]} broken by {broken[2]}"
    if broken := re.search(r"theorem (\S+) does not hold", said):
        return f"{broken[1]} broken by what no rule changes"
    if "unknown" in said:
        return "unknown"
    return f"stopped: {_last_line(said)}"


def _last_line(said: str) -> str:
    return (said.strip().splitlines() or ["it printed nothing"])[-1][:80].replace("|", "/")


def _run(work: Work, said: str) -> Run:
    figures = work.found(None, None, None)
    return Run(said, figures.cpu_seconds, figures.seconds)


def repeated(run: Callable[[Path], Run]) -> Run:
    """The median of several runs; of what takes longer than a minute, one."""
    runs: list[Run] = []
    while len(runs) < REPEATS and (not runs or runs[0].seconds < 60):
        with tempfile.TemporaryDirectory() as folder:
            runs.append(run(Path(folder)))
    return Run(
        " / ".join(dict.fromkeys(r.said for r in runs)),
        statistics.median(r.cpu_seconds for r in runs),
        statistics.median(r.seconds for r in runs),
    )


def row(case: Case, command: Sequence[str], problems: list[str]) -> str:
    """A line of the table; ``problems`` gets a lemma of ours that does not stand."""
    here = repeated(lambda folder: proved_here(case, folder))
    there = repeated(lambda folder: asked_of_mypyvy(case, command, "updr", folder))
    checked, number = "not proved here | ", "-"
    if (lemmas := case.with_lemmas()) is not None:
        whole, number = lemmas[0], str(lemmas[1])
        run = repeated(lambda folder: asked_of_mypyvy(whole, command, "verify", folder))
        checked = str(run)
        if "broken by" in run.said:
            problems.append(f"{case.name}: mypyvy says of our lemmas: {run.said}")
    here = replace(here, said=f"{here.said}, {number} lemmas")
    return f"| {case.name} | {here} | {there} | {checked} |"


def rows(asked: Sequence[Case], command: Sequence[str], problems: list[str]) -> Iterator[str]:
    """The lines of the table, each also told on the way."""
    for case in asked:
        line = row(case, command, problems)
        print(line, file=sys.stderr, flush=True)
        yield line


def section(command: Sequence[str], asked: Sequence[Case], problems: list[str]) -> str:
    """The section of the results."""
    lines = [
        SECTION,
        "",
        "`python -m bench.provers`: the same rules and axioms, with any number of members, as text",
        "made from our rules. Unsay (with `--no-archive`) and mypyvy's `updr` are told the claims",
        "alone and look for the rest of an inductive invariant; both ask Z3. A claim that",
        "follows from the formulas that mypyvy counts is none of them; our lemmas are without the",
        "claims. `verify` is asked whether the claims and the lemmas that Unsay found are",
        "inductive.",
        "Processor seconds, and",
        "in parentheses seconds by the clock, of whole processes; median of",
        f"{REPEATS} (one where it takes more than a minute). Unsay may take {SECONDS} s a run, and",
        f"mypyvy {SECONDS} processor seconds. A machine that is busy with other work stretches",
        "seconds, but hardly processor seconds.",
        "",
        "| claim | Unsay | | mypyvy updr | | mypyvy verify of our lemmas | |",
        "|---|---|---|---|---|---|---|",
        *rows(asked, command, problems),
        "",
    ]
    return "\n".join(lines)


def main() -> None:
    """Run both and write the section."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", help="only cases that have this in their name; writes nothing")
    only = parser.parse_args().only
    command = mypyvy()
    if not command:
        print("skipped: mypyvy not found (set MYPYVY to its command, or have mypyvy on the path)")
        return
    problems: list[str] = []
    asked = [c for c in cases() if only is None or only in c.name]
    text = section(command, asked, problems)
    if only is None:
        RESULTS.write_text(written(RESULTS.read_text(encoding="utf-8"), text), encoding="utf-8")
    print(text)
    for problem in problems:
        print(f"bench: {problem}", file=sys.stderr)
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
