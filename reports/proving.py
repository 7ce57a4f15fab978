"""Proofs and certificates on a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from unsay.engines.budget import Budget
from unsay.engines.check import properties_of
from unsay.engines.proof.archive import Archive
from unsay.engines.proof.attempt import Attempt
from unsay.engines.proof.attempts import attempts
from unsay.engines.proof.cache import Cache
from unsay.engines.proof.certificate import Proved, check_target, write_certificate
from unsay.engines.proof.liveness.certified import premises_proved
from unsay.engines.proof.liveness.derivation import InTheEnd
from unsay.engines.proof.recheck import Judgement, Rechecked, exit_code, recheck
from unsay.engines.proof.sentences import legend, sentence
from unsay.engines.proved import verdict_of
from unsay.engines.verdict import EXIT_UNKNOWN, Verdict
from unsay.engines.verdict import exit_code as exit_code_of
from unsay.model.design import Design
from unsay.model.language import Kind, Machine
from unsay.model.readings.fragment import fragment_lines
from unsay.model.recall.machine import build_machine
from unsay.properties import Property, PropertyKind
from unsay.reports import pictures
from unsay.reports.table import verdict_word
from unsay.reports.usage import err, guarded, progress, say_interrupted

_MEMORY_MIB = 4096


@dataclass(frozen=True)
class Wishes:
    """How a person wants a design proved.

    Attributes:
        folder: Where to write a certificate, or None.
        seconds: Limit for the whole design.
        cache: Where proofs are kept, or None.
        archive: Begin with lemmas that proofs of other designs needed.
        lemmas: Print them.
        pictures: Where to draw why proofs fail, or None.
        stem: What the names of these pictures begin with.
    """

    folder: Path | None = None
    seconds: float = 300.0
    cache: Cache | None = None
    archive: bool = True
    lemmas: bool = False
    pictures: Path | None = None
    stem: str = ""


def prove(console: Console, design: Design, names: Sequence[str], wishes: Wishes) -> int:
    """Try to prove a design's properties, print what came of it, and give the exit code.

    Raises:
        Fail: the certificate or the pictures cannot be written where they should go.
    """
    if wishes.folder is not None:
        guarded(check_target, wishes.folder)
    if wishes.pictures is not None:
        pictures.make(wishes.pictures)
    machine = build_machine(design)
    asked = properties_of(design, names)
    if not names:
        # What comes in the end takes minutes, so it is proved when asked for by name.
        asked = [p for p in asked if p.kind is not PropertyKind.EVENTUALLY]
    with progress(design.title) as report:
        budget = Budget(wishes.seconds, _MEMORY_MIB)
        archive = None if wishes.archive else Archive({})
        found = guarded(attempts, machine, asked, budget, report, wishes.cache, archive)
    verdicts = [verdict_of(machine, a) for a in found]
    _print_attempts(console, machine, found, verdicts, budget.elapsed())
    if wishes.lemmas:
        _print_lemmas(console, machine, found)
        _print_fragment(console, machine, asked)
    shown = {a.property.name: a.shown for a in found if a.shown is not None}
    pictures.print_unproved(console, shown, wishes.stem, wishes.pictures)
    if wishes.folder is not None:
        _write(console, machine, found, wishes.folder)
    if any(a.reason.startswith("interrupted") for a in found):
        say_interrupted()
        return EXIT_UNKNOWN
    return exit_code_of(verdicts)


def _print_attempts(
    console: Console,
    machine: Machine,
    found: Sequence[Attempt],
    verdicts: Sequence[Verdict],
    seconds: float,
) -> None:
    faults = ", ".join(r.name for r in machine.rules if r.kind is Kind.FAULT) or "none"
    console.print(Text(machine.name, style="bold"))
    console.print(
        Text(
            f"any number of nodes, devices, messages and commands; faults: {faults}",
            style="dim",
        ),
        soft_wrap=True,
    )
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for column in ("property", "verdict", "by"):
        table.add_column(column, no_wrap=column != "by", overflow="fold")
    table.add_column("time", justify="right", no_wrap=True)
    for attempt, verdict in zip(found, verdicts, strict=True):
        table.add_row(
            verdict.property,
            verdict_word(verdict.outcome),
            _grounds(attempt),
            f"{attempt.seconds:.1f} s",
        )
    console.print(table)
    looked = {str(a.looked) for a in found if a.proof is not None and a.looked.states}
    for words in sorted(looked):
        console.print(
            Text(f"claims and lemmas also hold in {words}, by the compiled step", style="dim"),
            soft_wrap=True,
        )
    console.print(Text(f"{seconds:.1f} s in all", style="dim"))


def _grounds(attempt: Attempt) -> str:
    if attempt.proof is None:
        return attempt.reason
    count = len(attempt.proof.lemmas)
    lemmas = "no lemma" if not count else "1 lemma" if count == 1 else f"{count} lemmas"
    steps = f"{lemmas}, {len(attempt.proof.obligations)} obligations"
    if isinstance(attempt.proof, InTheEnd):
        steps = f"{len(attempt.proof.parts)} premises, {steps}"
    return f"{steps}; found before" if attempt.cached else steps


def _print_lemmas(console: Console, machine: Machine, found: Sequence[Attempt]) -> None:
    proofs = [(a, a.proof) for a in found if a.proof is not None]
    names = {a.property.claim(machine): a.property.name for a, _ in proofs}
    for attempt, proof in proofs:
        console.print(Text(f"\n{attempt.property.name}", style="bold"))
        if isinstance(proof, InTheEnd):
            for inference in proof.inferences:
                console.print(Text(f"  {inference}"), soft_wrap=True)
        for number, lemma in enumerate(proof.lemmas, start=1):
            name = names.get(lemma)
            said = f"the property {name}" if name else sentence(lemma, machine)
            console.print(Text(f"  {number}. {said}"), soft_wrap=True)
    words = legend(t for _, p in proofs for t in p.lemmas)
    if words:
        console.print(Text("\nwords", style="bold"))
    for name, says in words.items():
        console.print(Text(f"  {name}: {says}"), soft_wrap=True)


def _print_fragment(console: Console, machine: Machine, asked: Sequence[Property]) -> None:
    """What leaves the fragment in which the solver is bound to come to an answer."""
    claims = {p.name: p.claim(machine) for p in asked if p.kind is not PropertyKind.EVENTUALLY}
    for number, line in enumerate(fragment_lines(machine, claims)):
        console.print(Text(line if number else f"\n{line}"), soft_wrap=True)


def _write(console: Console, machine: Machine, found: Sequence[Attempt], folder: Path) -> None:
    proved: list[Proved] = []
    for a in found:
        if isinstance(a.proof, InTheEnd):
            proved += premises_proved(a.property, a.proof)
        elif a.proof is not None:
            proved.append(Proved(a.property, a.proof))
    if not proved:
        err.print(f"unsay: {folder}: no certificate: nothing was proved", soft_wrap=True)
        return
    with progress("certificate") as report:
        report("Z3 answers every file once more")
        count = guarded(write_certificate, machine, proved, folder, lambda: None)
    console.print(f"written: {folder} ({count} questions); next: unsay recheck {folder}",
                  soft_wrap=True, markup=False)  # fmt: skip


def recheck_folder(console: Console, folder: Path, seconds: float, every: bool) -> int:
    """Have cvc5 check a certificate, print what it says, and give the exit code.

    Raises:
        Fail: cvc5 is not installed, or the folder is no certificate or was changed.
    """
    with progress(str(folder)) as report:
        found = guarded(recheck, folder, seconds, report)
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for column in ("part", "files", "discharged", "contradicted", "unknown", "time"):
        table.add_column(column, justify="left" if column == "part" else "right", no_wrap=True)
    for part in dict.fromkeys(r.about for r in found):
        own = [r for r in found if r.about == part]
        counts = (str(sum(r.judgement is j for r in own)) for j in Judgement)
        table.add_row(part, str(len(own)), *counts, f"{sum(r.seconds for r in own):.1f} s")
    console.print(table)
    for r in found:
        if every or r.judgement is not Judgement.DISCHARGED:
            console.print(_line(r), soft_wrap=True, markup=False)
    return exit_code(found)


def _line(r: Rechecked) -> str:
    return f"{r.judgement.value}: {r.file}: {r.answer}, expected {r.expected} ({r.seconds:.1f} s)"
