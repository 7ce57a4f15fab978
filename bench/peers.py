"""Other checkers on the same rules: what they count, and how long they take.

``python bench/peers.py`` writes the text of the benchmark protocol for each checker that is
installed, runs it, and puts the figures into a section of bench/RESULTS.md beside ours. With
``--designs`` it also runs them on the shipped designs. A count or a verdict that is not ours is an
error: exit code 1.

TLC is found by ``TLA2TOOLS`` (a path to tla2tools.jar) or as ``tlc``; Spin as ``spin`` (with a C
compiler ``cc``); NuSMV as ``NuSMV``.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from unsay.designs.catalogue import Entry, read_manifest, shipped
from unsay.engines.exhaustive import Exhaustive
from unsay.engines.protocol import Task
from unsay.engines.verdict import Outcome
from unsay.model.design import load_design
from unsay.model.readings.text.claims import Subject
from unsay.model.readings.text.formats import FORMATS
from unsay.model.readings.text.names import identifier
from unsay.model.recall.machine import build_machine
from unsay.model.recall_bench import Size, build_bench
from unsay.properties import PROPERTIES
from unsay.properties.recall_bench import BENCH_PROPERTIES
from unsay.reports.texts import subject_of, write_texts

RESULTS = Path(__file__).resolve().parent / "RESULTS.md"
SECTION = "## Other checkers on the same rules"
SIZES = {(3, 2, 1): 25_921, (4, 1, 2): 65_793, (3, 2, 2): 3_101_121}
"""Nodes, messages, recalls, and the number of reachable states."""
REPEATS = 3
SECONDS = 7200


class PeerError(Exception):
    """A checker that did not do its work: the message says which and what it printed."""


@dataclass(frozen=True)
class Figures:
    """What one run of a checker gave.

    Attributes:
        states: The reachable states that it counted, or None where it stopped before. NuSMV
            prints six digits of a large number, and the rest are zeros here.
        broken: What it found broken, by the name that it has in the text.
        steps: The number of steps of the run that it shows, if it shows one.
        seconds: Of the whole work, compilation included.
        cpu_seconds: The same, as processor time: what a busy machine does not stretch.
        mebibytes: The most memory that one of its processes took.
    """

    states: int | None
    broken: str | None
    steps: int | None
    seconds: float
    cpu_seconds: float
    mebibytes: float


class Work:
    """Runs commands in a folder and adds up what they take."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.mebibytes = self.cpu_seconds = 0.0
        self._start = time.monotonic()

    def found(self, states: int | None, broken: str | None, steps: int | None) -> Figures:
        """What was found, with what it took by now."""
        seconds = time.monotonic() - self._start
        return Figures(states, broken, steps, seconds, self.cpu_seconds, self.mebibytes)

    def run(self, *command: str) -> str:
        """What a command prints.

        Raises:
            PeerError: it did not end within ``SECONDS``.
        """
        with tempfile.TemporaryFile("w+") as said:
            process = subprocess.Popen(command, cwd=self.folder, stdout=said, stderr=said)
            deadline = time.monotonic() + SECONDS
            while True:
                # Waited for by hand: only so does the system tell what this process took.
                pid, _, usage = os.wait4(process.pid, os.WNOHANG)
                if pid:
                    break
                if time.monotonic() > deadline:
                    process.kill()
                    process.wait()
                    raise PeerError(f"{command[0]}: no end within {SECONDS} s")
                time.sleep(0.005)
            process.returncode = 0
            self.cpu_seconds += usage.ru_utime + usage.ru_stime
            self.mebibytes = max(self.mebibytes, usage.ru_maxrss / 1024)
            said.seek(0)
            return said.read()


@dataclass(frozen=True)
class Peer:
    """A checker.

    Attributes:
        name: What it is called.
        format: The text that it reads.
        command: How it is called, or nothing where it is not installed.
        wanted: What to install or set, and the command that would run it.
        check: Runs it on a subject's text in a folder.
        each: It visits each state, so that it is not asked where there are many.
    """

    name: str
    format: str
    command: tuple[str, ...]
    wanted: str
    check: Callable[[Work, tuple[str, ...], str], Figures]
    each: bool = True

    def run(self, subject: Subject) -> Figures:
        """Write the text to a folder of its own and run the checker there.

        Raises:
            PeerError: it gave no answer.
        """
        with tempfile.TemporaryDirectory() as folder:
            ending = FORMATS[self.format].ending
            write_texts(self.format, subject, Path(folder) / f"{subject.name}{ending}")
            return self.check(Work(Path(folder)), self.command, subject.name)


def _tlc(work: Work, command: tuple[str, ...], name: str) -> Figures:
    said = work.run(*command, "-deadlock", "-workers", "1", f"{name}.tla")
    counted = re.search(r"([\d,]+) distinct states found, ([\d,]+) states left", said)
    broken = re.search(r"Error: (?:Invariant|Action property) (\w+)", said)
    whole = counted is not None and counted[2] == "0" and "Error:" not in said
    if counted is None or (broken is None and not whole):
        raise PeerError(f"TLC: {_last_lines(said)}")
    if broken is None:
        return work.found(int(counted[1].replace(",", "")), None, None)
    # The first state of the run that it shows is the initial one.
    return work.found(None, broken[1], len(re.findall(r"^State \d+:", said, re.M)) - 1)


def _spin(work: Work, command: tuple[str, ...], name: str) -> Figures:
    work.run(*command, "-a", f"{name}.pml")
    work.run("cc", "-O2", "-DSAFETY", "-DMEMLIM=8000", "-o", "pan", "pan.c")
    said = work.run("./pan", "-m1000000", "-n", "-w24")
    counted = re.search(r"(\d+) states, stored", said)
    if counted is None or "max search depth too small" in said:
        raise PeerError(f"Spin: {_last_lines(said)}")
    if "assertion violated" not in said:
        return work.found(int(counted[1]), None, None)
    work.run("cc", "-O2", "-DSAFETY", "-DBFS", "-DMEMLIM=8000", "-o", "shortest", "pan.c")
    said = work.run("./shortest", "-n")
    broken = re.search(r"assertion violated (\w+) \(at depth (\d+)\)", said)
    if broken is None:
        raise PeerError(f"Spin: {_last_lines(said)}")
    return work.found(None, broken[1], int(broken[2]))


def _nusmv(work: Work, command: tuple[str, ...], name: str) -> Figures:
    said = work.run(*command, "-r", f"{name}.smv")
    counted = re.search(r"reachable states: (\S+) \(", said)
    broken = re.search(r"-- invariant (\w+) +is false", said)
    if counted is None:
        raise PeerError(f"NuSMV: {_last_lines(said)}")
    if broken is None:
        return work.found(int(float(counted[1])), None, None)
    return work.found(None, broken[1], len(re.findall(r"^-> State:", said, re.M)) - 1)


def _last_lines(said: str) -> str:
    return " / ".join(said.strip().splitlines()[-5:]) or "it printed nothing"


def peers() -> list[Peer]:
    """The checkers, installed or not."""
    jar, tlc = os.environ.get("TLA2TOOLS"), shutil.which("tlc")
    java = shutil.which("java")
    with_jar = (java, "-XX:+UseParallelGC", "-cp", jar, "tlc2.TLC") if java and jar else ()
    spin = (s,) if (s := shutil.which("spin")) and shutil.which("cc") else ()
    nusmv = (n,) if (n := shutil.which("NuSMV")) else ()
    return [
        Peer(
            "TLC", "tla", with_jar or ((tlc,) if tlc else ()),
            "set TLA2TOOLS to the path of tla2tools.jar (with java), or have tlc on the path; "
            "then: java -cp $TLA2TOOLS tlc2.TLC -deadlock -workers 1 RecallBench.tla", _tlc,
        ),
        Peer(
            "Spin", "promela", spin,
            "install spin and a C compiler; then: spin -a bench.pml && "
            "cc -O2 -DSAFETY -o pan pan.c && ./pan -m1000000 -n -w24", _spin,
        ),
        Peer(
            "NuSMV", "smv", nusmv,
            "put NuSMV on the path; then: NuSMV -r bench.smv", _nusmv, each=False,
        ),
    ]  # fmt: skip


def ours(size: tuple[int, int, int]) -> Figures:
    """``unsay bench`` at one size, process start included.

    Raises:
        PeerError: it counted nothing.
    """
    work = Work(Path.cwd())
    said = work.run(sys.executable, "-m", "unsay.cli", "bench", *map(str, size))
    counted = re.match(r"states=(\d+) ", said)
    if counted is None:
        raise PeerError(f"unsay: {_last_lines(said)}")
    return work.found(int(counted[1]), None, None)


def _repeated(check: Callable[[], Figures]) -> list[Figures]:
    """Several runs; of what takes longer than a minute, one."""
    runs = [check()]
    while len(runs) < REPEATS and runs[0].seconds < 60:
        runs.append(check())
    return runs


def protocol_rows(installed: Sequence[Peer], problems: list[str]) -> Iterator[str]:
    """Every installed checker on every size, ours first; ``problems`` gets what does not agree."""
    for size, expected in SIZES.items():
        subject = subject_of(
            build_bench(Size(*size)), BENCH_PROPERTIES, "recall-bench", "unsay bench"
        )
        checkers: dict[str, Callable[[], Figures]] = {"Unsay": partial(ours, size)}
        checkers |= {p.name: partial(p.run, subject) for p in installed}
        for name, check in checkers.items():
            try:
                runs = _repeated(check)
            except PeerError as error:
                problems.append(f"{size}: {error}")
                yield f"| {size} | {name} | {error} | | | |"
                continue
            counts = {r.states for r in runs}
            if any(r.broken for r in runs) or not all(_agree(name, c, expected) for c in counts):
                problems.append(f"{size}: {name} has {counts}, expected {expected}, none broken")
            took = [
                statistics.median(value)
                for value in zip(
                    *((r.seconds, r.cpu_seconds, r.mebibytes) for r in runs), strict=True
                )
            ]
            states = ", ".join(f"{c:,}" if c is not None else "broken" for c in counts)
            yield f"| {size} | {name} | {states} | {took[0]:.2f} | {took[1]:.2f} | {took[2]:.0f} |"


def _agree(checker: str, theirs: int | None, ours: int | None) -> bool:
    """Whether a count is ours, as far as the checker prints it."""
    rounded = ours is not None and checker == "NuSMV" and theirs == int(float(f"{ours:.6g}"))
    return theirs == ours or rounded


def design_lines(installed: Sequence[Peer], states_max: int, problems: list[str]) -> list[str]:
    """A table of every shipped design, properties that need the same history together."""
    names = [p.name for p in installed]
    return [
        "### Shipped designs",
        "",
        f"`python bench/peers.py --designs {states_max}`. Properties that hold and need the same",
        "history are checked together: distinct states, beside those of the exhaustive engine.",
        "Where one is broken: the steps of a shortest run against it, beside the manifest's. Spin",
        "and NuSMV ask a claim about a step in the state before it. Checkers that visit each state",
        f"are not asked above {states_max:,} states. In parentheses: processor seconds.",
        "",
        f"| design | properties | {' | '.join(names)} | Unsay |",
        f"|---|---|{'---|' * len(names)}---|",
        *(r for e in read_manifest().values() for r in _rows(installed, e, states_max, problems)),
        "",
    ]


def _rows(
    installed: Sequence[Peer], entry: Entry, states_max: int, problems: list[str]
) -> Iterator[str]:
    machine = build_machine(load_design(shipped()[entry.name]))
    groups: dict[object, list[str]] = {}
    for name, expected in entry.expected.items():
        read = {s.name for s in PROPERTIES[name].reads(machine) if s.role == "history"}
        broken = expected.verdict == Outcome.VIOLATED.value
        groups.setdefault(name if broken else frozenset(read), []).append(name)
    for names in groups.values():
        steps = entry.expected[names[0]].steps
        start = f"| {entry.name} | {', '.join(names)} |"
        properties = [PROPERTIES[n] for n in names]
        subject = subject_of(machine, properties, entry.name, f"unsay export {entry.name}")
        states = None
        if steps is None:
            (states,) = {v.states for v in Exhaustive().check(Task(machine, properties)).values()}
        cells = [
            "not run"
            if p.each and states is not None and states > states_max
            else _cell(p, subject, states, steps, problems)
            for p in installed
        ]
        told = f"{states:,}" if states is not None else f"broken in {steps}"
        yield f"{start} {' | '.join(cells)} | {told} |"


def _cell(
    peer: Peer, subject: Subject, states: int | None, steps: int | None, problems: list[str]
) -> str:
    """What one checker says of a design, with what it took."""
    claim = subject.claims[0]
    where = f"{subject.name}, {', '.join(c.name for c in subject.claims)}: {peer.name}"
    try:
        found = peer.run(subject)
    except PeerError as error:
        problems.append(f"{where}: {error}")
        return str(error)
    if peer.format != "tla" and steps is not None:
        # There, a claim about a step is asked in the state before it.
        steps -= claim.step
    named = found.broken is None or found.broken.endswith(identifier(claim.name))
    if not _agree(peer.name, found.states, states) or found.steps != steps or not named:
        problems.append(f"{where} says {found}, expected {states or steps}")
    told = f"{found.states:,}" if found.states is not None else f"broken in {found.steps}"
    return f"{told} ({found.cpu_seconds:.0f})"


def written(results: str, section: str) -> str:
    """The results with this section in the place of that of its heading, or else at the end."""
    heading = section.partition("\n")[0]
    before, _, rest = results.partition(heading)
    _, sign, after = rest.partition("\n## ")
    return f"{before.rstrip()}\n\n{section.rstrip()}\n{sign}{after}"


def section(with_designs: int | None) -> tuple[str, list[str]]:
    """The section, and what in it is not as it should be.

    Args:
        with_designs: Up to how many states shipped designs are run, too; None for none.
    """
    problems: list[str] = []
    installed, absent = ([p for p in peers() if bool(p.command) is has] for has in (True, False))
    lines = [
        SECTION,
        "",
        "`python bench/peers.py`: recall-bench (nodes, messages, recalls) as text made from our",
        f"rules, whole processes, compilation included, median of {REPEATS} (one where it takes",
        "more than a minute); memory is that of the largest process. Counts must be equal. TLC and",
        "Spin visit each state; NuSMV and Unsay use decision diagrams. NuSMV prints six digits. A",
        "machine that is busy with other work stretches seconds, but hardly processor seconds.",
        "",
        *(f"Not installed, so not run: {p.name} ({p.wanted}).\n" for p in absent),
        "| size | checker | states | seconds | processor seconds | peak MiB |",
        "|---|---|---|---|---|---|",
        *protocol_rows(installed, problems),
        "",
    ]
    if with_designs is not None and installed:
        lines += design_lines(installed, with_designs, problems)
    return "\n".join(lines), problems


def main() -> None:
    """Run the checkers and write the section."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--designs", type=int, metavar="STATES", help="shipped designs, too, up to so many states"
    )
    asked = parser.parse_args()
    if not any(p.command for p in peers()):
        for p in peers():
            print(f"{p.name} is not installed, so it is not run: {p.wanted}")
        return
    text, problems = section(asked.designs)
    RESULTS.write_text(written(RESULTS.read_text(encoding="utf-8"), text), encoding="utf-8")
    print(text)
    for problem in problems:
        print(f"bench: {problem}", file=sys.stderr)
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
