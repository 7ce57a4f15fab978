"""The reading as Promela, for Spin: one process that chooses among guarded, indivisible steps."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from unsay.model.readings.ground import Action
from unsay.model.readings.sequence import in_order
from unsay.model.readings.text.claims import Subject, commented, head, one_line
from unsay.model.readings.text.spelt import Spelt, Syntax

_WORDS = """
    active assert atomic bit bool break byte chan do d_step else empty enabled end eval false fi
    full goto hidden if init inline int len local ltl mtype nempty never nfull notrace np_ od of
    pc_value pid printf priority proctype provided run select short show skip timeout trace true
    typedef unless unsigned xr xs D_proctype always eventually stronguntil weakuntil until release
    implies equivalent next for in choose_action
    auto case char const continue default double enum extern float long register return signed
    sizeof static struct switch union void volatile while main now design
"""
SYNTAX = Syntax("&&", "||", "!", "==", ("false", "true"), frozenset(_WORDS.split()))


def model(subject: Subject) -> str:
    """The model."""
    return "\n".join(_lines(Spelt(subject, SYNTAX))) + "\n"


def _lines(spelt: Spelt) -> Iterator[str]:
    yield "/*"
    for line in (*head(spelt.subject), *_how_to_run(spelt.subject.name)):
        yield from commented(_comment(line), "   ")
    yield "*/"
    yield ""
    for cell in spelt.live:
        kind = "bit" if spelt.domain(cell)[-1] <= 1 else "byte"
        said = _comment(spelt.cell_words(cell, " "))
        values = "" if spelt.is_truth(cell) else f": {_comment(spelt.value_words(cell))}"
        start = spelt.ground.initial[cell]
        yield f"{kind} {spelt.names[cell]} = {start};  /* {said}{values} */"
    yield ""
    yield "/* These are always 0: an assertion that fails tells its name. */"
    for claim in spelt.subject.claims:
        yield f"bit {spelt.claim_names[claim.name]};  /* {_comment(claim.sentence)} */"
    most = max((len(g) for a in spelt.ground.actions for g in _circles(a)), default=0)
    for number in range(most):
        yield f"byte old_{number};"
    yield ""
    yield "active proctype design() {"
    yield "end_of_run:  /* a run may end here */"
    yield "  do"
    for action in spelt.ground.actions:
        yield f"  /* {_comment(spelt.action_words(action, ' '))} */"
        steps = "; ".join([spelt.text(action.guard), *_writes(spelt, action)])
        yield f"  :: d_step {{ {steps} }}"
    yield "  /* What is claimed: where it fails, this is possible, and the assertion fails. */"
    for claim in spelt.subject.claims:
        holds = spelt.text(spelt.claim(claim))
        yield f"  :: d_step {{ !({holds}); assert({spelt.claim_names[claim.name]}) }}"
    yield "  od"
    yield "}"


def _how_to_run(name: str) -> list[str]:
    return [
        f"To run it: spin -a {name}.pml && cc -O2 -DSAFETY -o pan pan.c && ./pan -m1000000 -n",
        "That finds a run that breaks a property. With -DBFS after cc it is a shortest one, and "
        "with -c0 after ./pan the search goes on, so that all states are counted. A property of "
        "steps is asked in each state, of every step that is possible there: one step earlier.",
    ]


def _circles(action: Action) -> Iterator[Sequence[int]]:
    for group in in_order(action.assignments):
        if len(group) > 1 and action.assignments[group[0]][0][0] is not True:
            yield group


def _writes(spelt: Spelt, action: Action) -> Iterator[str]:
    """The action's updates one after the other, each before what it reads is overwritten."""
    circles = list(_circles(action))
    for group in in_order(action.assignments):
        if group in circles:
            yield from (f"old_{i} = {_new(spelt, action, c)}" for i, c in enumerate(group))
            yield from (f"{spelt.names[c]} = old_{i}" for i, c in enumerate(group))
            # What is left behind would be part of the state.
            yield from (f"old_{i} = 0" for i, _ in enumerate(group))
        else:
            yield from (f"{spelt.names[c]} = {_new(spelt, action, c)}" for c in group)


def _new(spelt: Spelt, action: Action, cell: int) -> str:
    """What the cell holds after the action."""
    text, ends = "", 0
    for condition, value in action.assignments[cell]:
        if condition is True:
            return f"{text}{value}" + ")" * ends
        text += f"({spelt.text(condition)} -> {value} : "
        ends += 1
    return f"{text}{spelt.names[cell]}" + ")" * ends


def _comment(text: str) -> str:
    """``text`` without what would end a comment or begin one."""
    return one_line(text).replace("*/", "* /").replace("/*", "/ *")
