"""The reading as SMV, for NuSMV and nuXmv: an input chooses the action, each cell has its case."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from unsay.model.readings.ordering import by_structure
from unsay.model.readings.text.claims import Subject, commented, head, one_line
from unsay.model.readings.text.spelt import Spelt, Syntax

_WORDS = """
    MODULE DEFINE MDEFINE CONSTANTS VAR IVAR FROZENVAR INIT TRANS INVAR SPEC CTLSPEC LTLSPEC PSLSPEC
    COMPUTE NAME INVARSPEC FAIRNESS JUSTICE COMPASSION ISA ASSIGN CONSTRAINT SIMPWFF CTLWFF LTLWFF
    PSLWFF COMPWFF IN MIN MAX MIRROR PRED PREDICATES process array of boolean integer real word
    word1 bool signed unsigned extend resize sizeof uwconst swconst EX AX EF AF EG AG E F O G H X Y
    Z A U S V T BU EBF ABF EBG ABG case esac mod next init union in xor xnor self TRUE FALSE count
    abs max min toint bool floor typeof action
"""
SYNTAX = Syntax("&", "|", "!", "=", ("FALSE", "TRUE"), frozenset(_WORDS.split()))


def model(subject: Subject) -> str:
    """The model."""
    return "\n".join(_lines(Spelt(subject, SYNTAX))) + "\n"


def _lines(spelt: Spelt) -> Iterator[str]:
    for line in (*head(spelt.subject), *_how_to_run(spelt.subject.name)):
        yield from commented(line, "-- ")
    can = [spelt.names_taken.take(f"can_{name}") for name in spelt.action_names]
    live = set(spelt.live)
    # Diagrams stand and fall with the order of variables, which is that of their declarations.
    cells = [cell for cell in by_structure(spelt.ground) if cell in live]
    yield from ("MODULE main", "", "VAR")
    for cell in cells:
        said = spelt.cell_words(cell, " ")
        values = "" if spelt.is_truth(cell) else f": {spelt.value_words(cell)}"
        yield f"  {spelt.names[cell]} : {_type(spelt, cell)};  -- {one_line(said + values)}"
    yield from ("", "IVAR")
    yield f"  action : {{{', '.join(spelt.action_names)}}};"
    yield from ("", "DEFINE")
    for name, action in zip(can, spelt.ground.actions, strict=True):
        yield f"  {name} := {spelt.text(action.guard)};"
    yield from ("", "ASSIGN")
    for cell in cells:
        yield from _cell(spelt, can, cell)
    for claim in spelt.subject.claims:
        yield ""
        yield from commented(claim.sentence, "-- ")
        if claim.step:
            yield "-- It is about steps: asked in each state, of every step that is possible there."
        name = spelt.claim_names[claim.name]
        yield f"DEFINE {name} := {spelt.text(spelt.claim(claim))};"
        yield f"INVARSPEC {name};"


def _how_to_run(name: str) -> list[str]:
    return [
        f"To run it: NuSMV -r {name}.smv (-r also counts the reachable states).",
        "An action that is chosen where it cannot happen changes nothing. So no state is added, "
        "and none is without a next one.",
    ]


def _cell(spelt: Spelt, can: Sequence[str], cell: int) -> Iterator[str]:
    """What a cell starts with, and what each action makes of it."""
    name = spelt.names[cell]
    yield f"  init({name}) := {_value(spelt, cell, spelt.ground.initial[cell])};"
    yield f"  next({name}) := case"
    for i, action in enumerate(spelt.ground.actions):
        chosen = f"action = {spelt.action_names[i]} & {can[i]}"
        for condition, value in action.assignments.get(cell, ()):
            where = "" if condition is True else f" & {spelt.text(condition)}"
            yield f"    {chosen}{where} : {_value(spelt, cell, value)};"
    yield f"    TRUE : {name};"
    yield "  esac;"


def _type(spelt: Spelt, cell: int) -> str:
    values = ", ".join(map(str, spelt.domain(cell)))
    return "boolean" if spelt.is_truth(cell) else f"{{{values}}}"


def _value(spelt: Spelt, cell: int, value: int) -> str:
    return ("FALSE", "TRUE")[value] if spelt.is_truth(cell) else str(value)
