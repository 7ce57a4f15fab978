"""What makes a sort an ordered one, as terms: for readings that leave open who its members are."""

from __future__ import annotations

from unsay.model.language.terms import (
    And,
    Before,
    Equal,
    ForAll,
    Least,
    Not,
    Or,
    Sort,
    Term,
    Variable,
)


def order_laws(sort: Sort) -> dict[str, Term]:
    """The laws of a strict total order with a least element, each by its name.

    None for a sort that is not ordered.
    """
    if not sort.ordered:
        return {}
    x, y, z = (Variable(name, sort) for name in "xyz")
    least = Least(sort)
    chain = And((Before(x, y), Before(y, z)))
    return {
        "irreflexive": ForAll((x,), Not(Before(x, x))),
        "transitive": ForAll((x, y, z), Or((Not(chain), Before(x, z)))),
        "total": ForAll((x, y), Or((Before(x, y), Equal(x, y), Before(y, x)))),
        "least": ForAll((x,), Or((Equal(x, least), Before(least, x)))),
    }
