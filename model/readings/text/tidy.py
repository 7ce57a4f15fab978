"""Terms as a text writes them: what policies and substitution leave behind is taken out."""

from __future__ import annotations

from collections.abc import Callable, Container

from unsay.model.language.terms import (
    FALSE,
    TRUE,
    And,
    Equal,
    Exists,
    ForAll,
    IfThenElse,
    Literal,
    Not,
    Or,
    Taken,
    Term,
    children,
    rebuilt,
)


def implication(term: Term) -> tuple[Term, Term] | None:
    """The two sides of ``not a or b``."""
    match term:
        case Or((Not(premise), conclusion)):
            return premise, conclusion
    return None


def tidied(
    term: Term,
    whole: Container[Term] = frozenset(),
    never: Callable[[Taken], bool] = lambda taken: False,
) -> Term:
    """``term`` without what policies leave behind: true conjuncts, false disjuncts, repeats.

    Args:
        term: Any term.
        whole: Terms that are not to be merged into the conjunction or disjunction around them.
        never: Whether a rule is one that this machine does not have.
    """
    term = rebuilt(term, tuple(tidied(c, whole, never) for c in children(term)))
    match term:
        case Or((Not(premise), conclusion)):
            return _implied(premise, conclusion)
        case And() | Or():
            return _merged(term, whole)
        case Equal(left, right) if left == right:
            return TRUE
        case Not(Literal(name)):
            return FALSE if name == "true" else TRUE
        # No sort is empty, so a quantifier over what is fixed says nothing more.
        case ForAll(_, Literal() as body) | Exists(_, Literal() as body):
            return body
        case IfThenElse(Literal(name), then, otherwise):
            return then if name == "true" else otherwise
        case Taken() if never(term):
            return FALSE
    return term


def _merged(term: And | Or, whole: Container[Term]) -> Term:
    kind, unit, zero = (And, TRUE, FALSE) if isinstance(term, And) else (Or, FALSE, TRUE)
    parts: dict[Term, None] = {}
    for part in term.parts:
        # An implication stays one disjunct, so that it is recognised.
        apart = part in whole or implication(part) is not None
        inner = part.parts if isinstance(part, kind) and not apart else (part,)
        parts.update(dict.fromkeys(p for p in inner if p != unit))
    if zero in parts:
        return zero
    return kind(tuple(parts)) if len(parts) > 1 else next(iter(parts), unit)


def _implied(premise: Term, conclusion: Term) -> Term:
    if premise == TRUE:
        return conclusion
    if premise == FALSE or conclusion == TRUE:
        return TRUE
    return Not(premise) if conclusion == FALSE else Or((Not(premise), conclusion))
