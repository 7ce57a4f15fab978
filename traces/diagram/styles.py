"""Styles: which stroke means what. Every difference is one of shape or dash as well as colour."""

from __future__ import annotations

from dataclasses import dataclass

from unsay.traces.palette import (
    BLACK,
    BLUE,
    CREAM,
    DARK_GREY,
    GREY,
    ICE,
    LILAC,
    LINE_GREY,
    PALE_GREY,
    WHITE,
)
from unsay.traces.words import Showing


@dataclass(frozen=True)
class Stroke:
    """How a line is drawn."""

    colour: str
    width: float
    dash: str = ""


@dataclass(frozen=True)
class Plate:
    """How a chip looks."""

    fill: str
    stroke: str
    dash: str = ""
    colour: str = BLACK


_FLOWS = {
    "wire": ("", 1.8),
    "second_wire": ("12 3", 1.8),
    "push": ("1.5 3.5", 1.9),
    "ack": ("6 3", 1.1),
    "refusal": ("6 3", 1.6),
}
_OTHER_FLOW = ("9 3 2 3", 1.4)


def flow_stroke(table: str, content: bool | None) -> Stroke:
    """The stroke of an arrow: by what kind of thing travels, and what it does to the message."""
    dash, width = _FLOWS.get(table, _OTHER_FLOW)
    colour = DARK_GREY if content is None else BLUE if content else LILAC
    return Stroke(colour, width, dash)


def plate(showing: Showing | None) -> Plate:
    """The chip for something held, or for a note."""
    match showing:
        case None:
            return Plate(CREAM, "#b9a14a")
        case Showing.SHOWN:
            return Plate(ICE, BLUE)
        case Showing.HIDDEN:
            return Plate(WHITE, LILAC, "4 2")
        case Showing.NOTHING:
            return Plate(PALE_GREY, LINE_GREY, colour=DARK_GREY)
    return Plate(WHITE, GREY)
