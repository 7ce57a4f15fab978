"""Termination: a recall that was issued takes effect in the end, or its failure is told.

This is a claim about infinite runs. Which of them count is said by the fairness of the rules
and by whether faults end: the ``[fairness]`` of a design.
"""

from __future__ import annotations

from unsay.model.language import Bool, Machine, all_of, exists, forall, leads_to
from unsay.model.recall.access import held
from unsay.model.recall.commands import issued, told
from unsay.model.recall.storage import expired, newest, side
from unsay.model.recall.vocabulary import Told, hides, target, version
from unsay.properties.property import Property, PropertyKind
from unsay.properties.vocabulary import c, d, device_shows, is_written, serves_older, v


def _reported() -> Bool:
    return (told[c] == Told.failed) | (told[c] == Told.refused)


def _left_at_node(machine: Machine) -> Bool:
    """A recall is out, and a node serves what it recalls."""
    return all_of(issued[c], hides(c), serves_older(machine, v, c))


def _left_at_device() -> Bool:
    """A recall is out, and a device shows what it recalls."""
    older = held[d, target[c]] < version[c]
    return all_of(issued[c], hides(c), device_shows(d, target[c]), older)


def _recalls_end(machine: Machine) -> Bool:
    applied = newest[v, target[c]] >= version[c]
    if is_written(machine, side.symbol) or is_written(machine, expired.symbol):
        applied = ~serves_older(machine, v, c)
    obeyed = held[d, target[c]] >= version[c]
    return forall((c, v), leads_to(_left_at_node(machine), applied | _reported())) & forall(
        (c, d), leads_to(_left_at_device(), obeyed | _reported())
    )


def _something_left(machine: Machine) -> Bool:
    return exists((c, v), _left_at_node(machine)) | exists((c, d), _left_at_device())


recall_terminates = Property(
    name="recall-terminates",
    sentence="A recall reaches, in the end, every node and device that shows what it recalls, "
    "or the sender is told that it failed.",
    kind=PropertyKind.EVENTUALLY,
    formula=_recalls_end,
    witness=_something_left,
    witness_sentence="a recall has been issued and something still shows what it recalls",
    visible=True,
)
