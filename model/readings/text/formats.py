"""The formats of text, by name. A new one is a file here and an entry below."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from unsay.model.readings.text import mypyvy, promela, smtlib, smv, tla
from unsay.model.readings.text.claims import Subject


@dataclass(frozen=True)
class Format:
    """A kind of text.

    Attributes:
        says: What it is and who reads it, in one sentence.
        ending: How its file's name ends.
        write: Makes the text.
        beside: Texts that belong to it, by the ending of their file's name.
        name_problem: Why a file cannot have a name, without its ending; or None.
    """

    says: str
    ending: str
    write: Callable[[Subject], str]
    beside: tuple[tuple[str, Callable[[Subject], str]], ...] = ()
    name_problem: Callable[[str], str | None] = lambda name: None


def _module_name_problem(name: str) -> str | None:
    if tla.valid_name(name):
        return None
    return (
        "a TLA+ module is called like its file: letters, digits and underscores, a letter first, "
        f"no word of TLA+; try {tla.suggested_name(name)}"
    )


FORMATS: dict[str, Format] = {
    "tla": Format(
        "TLA+, with sorts and quantifiers, for TLC; beside it goes a .cfg",
        ".tla",
        tla.module,
        beside=((".cfg", tla.config),),
        name_problem=_module_name_problem,
    ),
    "smv": Format("SMV, spelt out for the design, for NuSMV and nuXmv", ".smv", smv.model),
    "promela": Format("Promela, spelt out for the design, for Spin", ".pml", promela.model),
    "smtlib": Format(
        "SMT-LIB 2, for any solver: whether a run of at most --depth steps breaks a property",
        ".smt2",
        smtlib.script,
    ),
    "mypyvy": Format(
        "mypyvy, with sorts and quantifiers and every size left open, to look for invariants",
        ".pyv",
        mypyvy.program,
    ),
}
