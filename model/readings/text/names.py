"""Names in a text: each thing gets one of its own, as near to ours as the format allows."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Sequence

from unsay.model.language.rules import Rule
from unsay.model.language.terms import Sort, Variable, bound_variables


class Names:
    """Gives out names that are identifiers, not reserved, and not given out before."""

    def __init__(self, reserved: Iterable[str] = ()) -> None:
        self._taken = set(reserved)

    def take(self, wanted: str) -> str:
        """A name like ``wanted``: itself if it can be."""
        name = identifier(wanted)
        while name in self._taken:
            name += "_"
        self._taken.add(name)
        return name


def identifier(text: str) -> str:
    """``text`` with everything but letters, digits and underscores made an underscore."""
    name = re.sub(r"[^A-Za-z0-9_]", "_", text)
    return name if name[:1].isalpha() else f"x{name}"


def camel(text: str) -> str:
    """``hear_ack`` and ``hear-ack`` become ``HearAck``."""
    parts = re.split(r"[^A-Za-z0-9]+", text)
    return "".join(p[:1].upper() + p[1:] for p in parts)


def title(text: str) -> str:
    """A name for a whole text after ``text``: a letter first."""
    name = camel(text)
    return name if name[:1].isalpha() else f"Design{name}"


def fresh_variables(sorts: Sequence[Sort], avoid: Iterable[str] = ()) -> list[Variable]:
    """Variables to range over a table's arguments, none of the names in ``avoid``."""
    taken, found = set(avoid), []
    for sort in sorts:
        letter = sort.name[0].lower()
        name = next(
            n
            for n in itertools.chain([letter], (f"{letter}{i}" for i in itertools.count(2)))
            if n not in taken
        )
        taken.add(name)
        found.append(Variable(name, sort))
    return found


def names_in(rule: Rule) -> set[str]:
    """The names of all variables of a rule, its own and those that quantifiers bind."""
    found = {p.name for p in rule.parameters}
    for update in rule.updates:
        found |= {v.name for v in update.each}
    for term in rule.terms():
        found |= {v.name for v in bound_variables(term)}
    return found
