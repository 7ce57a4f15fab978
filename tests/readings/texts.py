"""What the tests of text readings share: subjects to export."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from unsay.designs.catalogue import shipped
from unsay.engines.check import properties_of
from unsay.model.design import load_design
from unsay.model.language import Machine
from unsay.model.readings.text.claims import Subject
from unsay.model.recall.machine import build_machine
from unsay.model.recall_bench import Size, build_bench
from unsay.properties.recall_bench import BENCH_PROPERTIES
from unsay.reports.texts import subject_of


@cache
def machine_of(design: str) -> Machine:
    """The machine of a shipped design."""
    return build_machine(load_design(shipped()[design]))


def design_subject(design: str, properties: Sequence[str] = ()) -> Subject:
    """A shipped design with all of its properties, or those named."""
    asked = properties_of(load_design(shipped()[design]), properties)
    return subject_of(machine_of(design), asked, design, f"unsay export {design}")


def bench_subject(nodes: int, messages: int, recalls: int) -> Subject:
    """The benchmark protocol at one size."""
    machine = build_bench(Size(nodes, messages, recalls))
    return subject_of(machine, BENCH_PROPERTIES, machine.name, "unsay bench")
