"""Certificates: a folder that lets anybody check a proof again, with any SMT solver.

Each obligation is one SMT-LIB 2 file that must be answered ``unsat``; each sanity question is one
that must be answered ``sat``. An index tells what belongs together, and has a hash of each file.
The folder is written whole or not at all, and equal proofs give equal bytes.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import z3

from unsay import __version__
from unsay.engines.proof.certificate_words import (
    AFTER_A_STEP,
    MEANINGS,
    POSSIBLE,
    assumptions,
    header,
    readme,
)
from unsay.engines.proof.closed import formulas, gap
from unsay.engines.proof.found import Proof
from unsay.engines.proof.index import INDEX, CertificateError, as_text, read_index
from unsay.engines.proof.obligations import NO_STEP, Obligation, Obligations, answer_to, smtlib
from unsay.engines.proof.proofs_as_data import proof_as_data
from unsay.engines.proof.sanity import SmallWorlds, questions
from unsay.engines.proof.sentences import sentence
from unsay.model.design import Design
from unsay.model.language import Machine, Term
from unsay.properties import Property

README = "README.md"

_MILLISECONDS = 30_000
"""For one question to Z3, asked in one way: more than the search, which may just have made it."""


@dataclass(frozen=True)
class Proved:
    """A property and why it holds at any size."""

    property: Property
    proof: Proof


@dataclass(frozen=True)
class _File:
    path: str
    text: str
    expected: str
    says: str
    possible: tuple[Term, ...] | None = None


def write_certificate(
    machine: Machine, proved: Sequence[Proved], folder: Path, pause: Callable[[], None]
) -> int:
    """Write the certificate of proofs about one machine; how many questions it has.

    Every file is given to Z3 as it will stand there, and written only if that answers as expected.

    Args:
        machine: The machine.
        proved: What was proved; at least one.
        folder: Where to; it may exist if it is empty, or a certificate itself, which is replaced.
        pause: Called between two files; what it raises ends the work, with nothing written.

    Raises:
        CertificateError: the folder is something else or cannot be written, or Z3 answers
            otherwise.
    """
    check_target(folder)
    for one in proved:
        if missing := gap(machine, one.proof):
            raise CertificateError(f"{folder}: not written: {missing}")
    worlds = SmallWorlds(machine)
    texts: dict[str, str] = {}
    listed: list[dict[str, Any]] = []
    for file in _files(machine, proved):
        pause()
        # That a world is possible is shown by any: at no given size Z3 may not find one.
        small = file.possible is not None and worlds.some(file.possible)
        answer = file.expected if small else answer_to(file.text, _MILLISECONDS).answer
        if answer != file.expected:
            raise CertificateError(f"{folder}: not written: Z3 answers {answer} to {file.path}")
        texts[file.path] = file.text
        digest = hashlib.sha256(file.text.encode()).hexdigest()
        entry = {"file": file.path, "expected": file.expected, "sha256": digest, "says": file.says}
        listed.append(entry)
    about = _about(machine, proved)
    texts[README] = readme(machine, about, listed)
    texts[INDEX] = as_text({**about, "files": listed})
    _put(folder, texts)
    return len(listed)


def _about(machine: Machine, proved: Sequence[Proved]) -> dict[str, Any]:
    design = machine.design
    known = isinstance(design, Design)
    return {
        "unsay": __version__,
        "z3": z3.get_version_string(),
        "machine": machine.name,
        "fingerprint": design.fingerprint() if known else None,
        "design": design.resolved() if known else None,
        "rules": [r.name for r in machine.rules],
        "axioms": [{"name": n, "says": says} for n, says in assumptions(machine).items()],
        "properties": [_property_data(machine, p) for p in proved],
    }


def _property_data(machine: Machine, proved: Proved) -> dict[str, Any]:
    """What is claimed, and for each formula of the proof what shows that each rule keeps it."""
    every = formulas(proved.proof)
    files = {(o.goal, o.rule): path for o, path in _numbered(proved)}
    rules = [r.name for r in machine.rules]
    return {
        "name": proved.property.name,
        "says": proved.property.sentence,
        "kind": proved.property.kind.value,
        "formulas": [
            {
                "says": sentence(f.term, machine),
                "implied": files.get((f, NO_STEP.name)),
                "start": files.get((f, None)),
                "steps": {r: files.get((f, r)) for r in rules},
            }
            for f in every
        ],
        "proof": proof_as_data(proved.proof),
    }


def _numbered(proved: Proved) -> Iterator[tuple[Obligation, str]]:
    """The obligations of a proof, each with its file."""
    every = formulas(proved.proof)
    width = len(str(len(proved.proof.obligations)))
    for number, obligation in enumerate(proved.proof.obligations, start=1):
        place = every.index(obligation.goal)
        what = "claim" if place == 0 else f"lemma-{place}"
        name = f"{number:0{width}}-{what}-{obligation.rule or 'at-the-start'}.smt2"
        yield obligation, f"{proved.property.name}/{name}"


def _files(machine: Machine, proved: Sequence[Proved]) -> Iterator[_File]:
    obligations = Obligations(machine, machine.symbols, _MILLISECONDS)
    for number, question in enumerate(questions(machine, obligations), start=1):
        path = f"sanity/{number:02}-{question.name}.smt2"
        says = f"It is possible that {question.asks}."
        head = header(machine, [says], POSSIBLE, "sat")
        text = head + smtlib(machine, question.terms)
        yield _File(path, text, "sat", says, question.terms)
    for one in proved:
        names = _names(machine, one)
        for obligation, path in _numbered(one):
            told = _says(machine, obligation, names)
            lines = [f"Property {one.property.name}: {one.property.sentence}", *told]
            meaning = MEANINGS.get(obligation.rule, AFTER_A_STEP)
            head = header(machine, lines, meaning, "unsat")
            yield _File(path, head + obligations.text(obligation), "unsat", told[0])


def _names(machine: Machine, proved: Proved) -> dict[Term, str]:
    """What each formula of a proof is called, with what it says."""
    every = [f.term for f in formulas(proved.proof)]
    calls = ["the claim", *(f"lemma {i}" for i in range(1, len(every)))]
    return {t: f"{name}: {sentence(t, machine)}" for t, name in zip(every, calls, strict=True)}


def _says(machine: Machine, obligation: Obligation, names: Mapping[Term, str]) -> list[str]:
    goal = names[obligation.goal.term]
    called, _, what = goal.partition(": ")
    if obligation.rule is None:
        shown = f"In every initial state holds {called}."
    elif obligation.rule == NO_STEP.name:
        shown = f"Of every state: {called} holds where all that is assumed does."
    else:
        rule = machine.rule(obligation.rule)
        verb = "holds of every step of" if obligation.goal.step else "is kept by every step of"
        shown = f'{called[0].upper()}{called[1:]} {verb} the rule {rule.name} ("{rule.says}")'
    assumed = [names[t] for t in obligation.assumed]
    before = ["Assumed besides the axioms:", *(f"  {a}" for a in assumed)] if assumed else []
    return [shown, f"{called}: {what}", *before]


# The folder.


def check_target(folder: Path) -> None:
    """Refuse to write over anything but an empty folder or a certificate.

    Raises:
        CertificateError: one line that says what is there.
    """
    try:
        if not folder.exists() and not folder.is_symlink():
            return
        if not folder.is_dir():
            raise CertificateError(f"{folder}: is no folder; take another name")
        inside = sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())
        if not inside:
            return
        if INDEX not in inside:
            raise CertificateError(
                f"{folder}: is neither empty nor a certificate (it has {inside[0]}); "
                "take another folder"
            )
        index = read_index(folder)
    except OSError as error:
        raise CertificateError(f"{folder}: cannot be read: {error.strerror}") from None
    own = {INDEX, README, *(entry["file"] for entry in index["files"])}
    if others := [name for name in inside if name not in own]:
        raise CertificateError(
            f"{folder}: has files that are no part of its certificate ({others[0]}); "
            "take another folder"
        )


def _put(folder: Path, texts: Mapping[str, str]) -> None:
    """Write all files beside ``folder``, and then put them in its place by renaming."""
    target = Path(os.path.realpath(folder))
    mark = secrets.token_hex(6)
    fresh, old = (target.with_name(f".{target.name}.{mark}.{end}") for end in ("new", "old"))
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            for name, text in texts.items():
                path = fresh / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(text.encode())
            if target.exists():
                target.rename(old)
            try:
                fresh.rename(target)
            except OSError:
                if old.exists():
                    old.rename(target)
                raise
        finally:
            shutil.rmtree(fresh, ignore_errors=True)
            shutil.rmtree(old, ignore_errors=True)
    except OSError as error:
        raise CertificateError(f"{folder}: cannot be written: {error.strerror}") from None
