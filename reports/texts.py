"""A machine and its properties as text for other checkers: what is exported, and to which files."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from unsay.model.language import Machine
from unsay.model.readings.text.claims import Claim, Subject
from unsay.model.readings.text.formats import FORMATS
from unsay.model.readings.text.names import title
from unsay.properties import Property, PropertyKind
from unsay.traces.errors import TraceError
from unsay.traces.files import write_atomically


def subject_of(
    machine: Machine,
    properties: Iterable[Property],
    name: str,
    command: str,
    depth: int = 12,
) -> Subject:
    """What a text is about.

    Args:
        machine: The machine.
        properties: What is claimed of it. The history that they read becomes part of the state.
        name: What the text is called; made an identifier.
        command: The command that writes it, for the head of it.
        depth: For formats that unroll: the most steps of a run.
    """
    told = (PropertyKind.ALWAYS, PropertyKind.STEP)
    asked = list(properties)
    left_out = [p.name for p in asked if p.kind not in told]
    claims = [
        Claim(
            p.name,
            p.sentence,
            p.claim(machine),
            p.kind is PropertyKind.STEP,
            p.situation(machine),
            p.witness_sentence,
        )
        for p in asked
        if p.kind in told
    ]
    return Subject(title(name), machine, claims, command, depth, left_out)


def write_texts(format_name: str, subject: Subject, target: Path) -> list[Path]:
    """Write a text, and what goes beside it, to files of the name of ``target``.

    Returns:
        The files.

    Raises:
        TraceError: the format wants another name, or a file cannot be written.
    """
    chosen = FORMATS[format_name]
    if target.suffix != chosen.ending:
        raise TraceError(f"{target}: expected a name that ends in {chosen.ending}")
    if problem := chosen.name_problem(target.stem):
        raise TraceError(f"{target}: {problem}")
    subject = replace(subject, name=target.stem)
    texts = {target: chosen.write(subject)}
    texts |= {target.with_suffix(ending): make(subject) for ending, make in chosen.beside}
    for path, text in texts.items():
        write_atomically(path, text)
    return list(texts)
