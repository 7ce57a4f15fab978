"""Every refusal of a rule, with its full line.

Decision 0001, consequences: the rule's name on every error raised while a rule is built, and the
file and line where Python knows them; shadowing, capture and misplaced updates are refused.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.model.cups import (
    Colour,
    Cup,
    CupRule,
    Level,
    built,
    c,
    clean,
    d,
    e,
    level,
    mark,
    near,
    paint,
    partner,
    refusal,
    tint,
    touched,
)
from unsay.model.language import (
    Bool,
    after_step,
    all_of,
    any_of,
    exists,
    forall,
    if_else,
    taken,
)

HERE = "# here"
"""Marks the line, within a rule function, that the error line must name."""


def place_in(function: Callable[..., object]) -> str:
    """``file:line`` of the marked line of a rule function, or of its first."""
    lines, first = inspect.getsourcelines(function)
    marked = [i for i, line in enumerate(lines) if line.rstrip().endswith(HERE)]
    return f"{Path(__file__).name}:{first + (marked[0] if marked else 0)}"


# Mistakes inside a rule function: the rule's name, what is wrong, and the line.

WHILE_BUILDING: list[tuple[Callable[..., None], str]] = []


def while_building(text: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    def collect(function: Callable[..., None]) -> Callable[..., None]:
        WHILE_BUILDING.append((function, text))
        return function

    return collect


@while_building("level takes (Cup), not (Level)")
def wrong_sort_as_argument(rule: CupRule, c: Cup, lv: Level) -> None:
    """The level of a level."""
    rule.guard(full=level[lv] == lv)  # type: ignore[index]  # here


@while_building("near takes (Cup, Cup), not (Cup, 'right')")
def no_expression_as_argument(rule: CupRule, c: Cup) -> None:
    """A name in place of a cup."""
    rule.guard(reach=near[c, "right"])  # type: ignore[index]  # here


@while_building("near takes (Cup, Cup), not (Cup)")
def too_few_arguments(rule: CupRule, c: Cup) -> None:
    """Near to what?"""
    rule.guard(reach=near[c])  # type: ignore[index]  # here


@while_building("'c == ...' compares a Cup with Level; both sides must be of sort Cup")
def different_sorts_compared(rule: CupRule, c: Cup, lv: Level) -> None:
    """A cup is no level."""
    rule.guard(same=c == lv)  # type: ignore[operator]  # here


@while_building("'level[c] < ...' compares a Level with 2; both sides must be of sort Level")
def number_compared(rule: CupRule, c: Cup) -> None:
    """A level is no number."""
    rule.guard(low=level[c] < 2)  # type: ignore[operator]  # here


@while_building("'level[c] > ...' compares a Level with Bool; both sides must be of sort Level")
def formula_compared_with_level(rule: CupRule, c: Cup) -> None:
    """A level is no truth."""
    rule.guard(low=level[c] > clean[c])  # type: ignore[operator]  # here


@while_building("'level[c]' is not a formula: expected something true or false")
def level_compared_with_formula(rule: CupRule, c: Cup) -> None:
    """A truth is no level."""
    rule.guard(same=clean[c] == level[c])  # here


@while_building("'level[c]' is not a formula: expected something true or false")
def guard_that_is_no_formula(rule: CupRule, c: Cup) -> None:
    """A level where a truth belongs."""
    rule.guard(full=level[c])  # type: ignore[arg-type]  # here


@while_building("'d' is not a formula: expected something true or false")
def conjunction_with_no_formula(rule: CupRule, c: Cup) -> None:
    """A cup where a truth belongs."""
    rule.guard(full=clean[c] & d)  # type: ignore[operator]  # here


@while_building(
    "'clean[c]' has no value until a state is given: "
    "use & | ~, when= or where=, not Python's and, or, not, if"
)
def if_on_a_formula(rule: CupRule, c: Cup) -> None:
    """Branches on what only a state knows."""
    if clean[c]:  # here
        rule.guard(clean=clean[c])


@while_building(
    "'clean[c]' has no value until a state is given: "
    "use & | ~, when= or where=, not Python's and, or, not, if"
)
def python_and(rule: CupRule, c: Cup) -> None:
    """Python's and, for &."""
    rule.guard(both=clean[c] and clean[partner[c]])  # here


@while_building(
    "'not clean[c]' has no value until a state is given: "
    "use & | ~, when= or where=, not Python's and, or, not, if"
)
def python_not(rule: CupRule, c: Cup) -> None:
    """Python's not, for ~."""
    rule.guard(both=not ~clean[c])  # type: ignore[arg-type]  # here


@while_building(
    "'level[c] < level[d]' has no value until a state is given: "
    "use & | ~, when= or where=, not Python's and, or, not, if"
)
def chained_comparison(rule: CupRule, c: Cup, d: Cup) -> None:
    """Python reads a < b < c as (a < b) and (b < c)."""
    rule.guard(sorted=level[c] < level[d] < mark[c])  # here


@while_building(
    "'d = c' has no value until a state is given: "
    "use & | ~, when= or where=, not Python's and, or, not, if"
)
def python_in(rule: CupRule, c: Cup, d: Cup) -> None:
    """Python's in asks == of each."""
    rule.guard(one_of=c in (d, partner[d]))  # type: ignore[arg-type]  # here


@while_building("variable d is bound twice")
def variable_bound_twice(rule: CupRule, c: Cup) -> None:
    """The same variable twice in one quantifier."""
    rule.guard(none=forall((d, d), clean[d]))  # here


@while_building("variable d is bound twice")
def variable_chosen_twice(rule: CupRule, c: Cup) -> None:
    """The same variable twice in one comprehension."""
    rule.guard(any_time=all_of())
    rule.update(clean[d], to=True, each=(d, d))  # here


@while_building("'<Cup partner[c]>' cannot be bound: use Node.variable('w') or the like")
def bound_cell(rule: CupRule, c: Cup) -> None:
    """A quantifier over what is no variable."""
    rule.guard(none=exists(partner[c], clean[c]))  # here


@while_building("'clean[c]' never mentions d, which it quantifies")
def needless_quantifier(rule: CupRule, c: Cup) -> None:
    """A quantifier over a variable that the body does not mention."""
    rule.guard(some=exists(d, clean[c]))  # here


@while_building("'clean[c]' is quantified over nothing")
def quantifier_over_nothing(rule: CupRule, c: Cup) -> None:
    """A quantifier without a variable."""
    rule.guard(some=exists((), clean[c]))  # here


@while_building("'mark[c]' is not state: a rule cannot change it")
def rigid_table_changed(rule: CupRule, c: Cup) -> None:
    """What the design fixes, changes."""
    rule.guard(any_time=all_of())
    rule.update(mark[c], to=Level.least())  # here


@while_building("'c' is not state: a rule cannot change it")
def parameter_changed(rule: CupRule, c: Cup) -> None:
    """A parameter is no cell."""
    rule.guard(any_time=all_of())
    rule.update(c, to=d)  # here


@while_building("'not clean[c]' is not state: a rule cannot change it")
def formula_changed(rule: CupRule, c: Cup) -> None:
    """A formula is no cell."""
    rule.guard(any_time=all_of())
    rule.update(~clean[c], to=False)  # here


@while_building("'level[c]' is a Level, but 'paint[c]' is a Colour")
def value_of_the_wrong_sort(rule: CupRule, c: Cup) -> None:
    """A colour where a level belongs."""
    rule.guard(any_time=all_of())
    rule.update(level[c], to=paint[c])  # here


@while_building("'level[c]' is a Level, but 'true' is a Bool")
def truth_for_a_level(rule: CupRule, c: Cup) -> None:
    """A truth where a level belongs."""
    rule.guard(any_time=all_of())
    rule.update(level[c], to=True)  # here


@while_building("'clean[c]' is a Bool, but 'level[c]' is a Level")
def level_for_a_truth(rule: CupRule, c: Cup) -> None:
    """A level where a truth belongs."""
    rule.guard(any_time=all_of())
    rule.update(clean[c], to=level[c])  # here


@while_building("AttributeError: 'NoneType' object has no attribute 'term'")
def value_that_is_no_expression(rule: CupRule, c: Cup) -> None:
    """Nothing at all where a level belongs."""
    rule.guard(any_time=all_of())
    rule.update(level[c], to=None)  # type: ignore[arg-type]  # here


@while_building("guard full is stated twice")
def guard_stated_twice(rule: CupRule, c: Cup) -> None:
    """Two guards of one name."""
    rule.guard(full=clean[c])
    rule.guard(full=~clean[c])  # here


@while_building(
    "'tint[paint[c]] becomes Level.least for each c': c must itself be an argument of tint, "
    "so that each value of it writes a cell of its own"
)
def each_that_is_no_argument(rule: CupRule, d: Cup) -> None:
    """Two cups of one colour would write one cell."""
    rule.guard(any_time=clean[d])
    rule.update(tint[paint[c]], to=Level.least(), each=c)  # here


@while_building("'level[c] becomes Level.least where false' never happens: its condition is false")
def update_that_never_happens(rule: CupRule, c: Cup) -> None:
    """A condition that Python has already decided: d is not c."""
    rule.guard(any_time=all_of())
    rule.update(level[c], to=Level.least(), where=d is c)  # here


@while_building("'level[c] becomes Level.least where false' never happens: its condition is false")
def update_under_no_condition(rule: CupRule, c: Cup) -> None:
    """Some of nothing is false."""
    rule.guard(any_time=all_of())
    rule.update(level[c], to=Level.least(), where=any_of())  # here


@while_building("if_else chooses between two expressions, not True and False")
def if_else_of_truths(rule: CupRule, c: Cup) -> None:
    """Python's truths have no sort of their own."""
    rule.guard(some=if_else(clean[c], True, False))  # type: ignore[arg-type, type-var]  # here


@while_building("'level[c]' and 'paint[c]' are of different sorts")
def if_else_of_two_sorts(rule: CupRule, c: Cup) -> None:
    """Sometimes a level, sometimes a colour."""
    rule.guard(some=if_else(clean[c], level[c], paint[c]) == level[c])  # here


@while_building("TypeError: unsupported operand type(s) for +: 'Level' and 'int'")
def type_error(rule: CupRule, c: Cup) -> None:
    """Levels are not counted."""
    rule.guard(any_time=all_of())
    rule.update(level[c], to=level[c] + 1)  # type: ignore[operator, arg-type]  # here


@while_building("NameError: name 'nowhere' is not defined")
def name_error(rule: CupRule, c: Cup) -> None:
    """A table that nobody declared."""
    rule.guard(some=nowhere[c])  # type: ignore[name-defined]  # noqa: F821  # here


@while_building("TypeError: 'Bool' object is not callable")
def error_in_a_helper(rule: CupRule, c: Cup) -> None:
    """The line is the last one of the rule's own file."""
    rule.guard(some=clumsy(c))


def clumsy(c: Cup) -> Bool:
    return clean[c](c)  # type: ignore[operator, no-any-return]  # here


@while_building("<class 'int'> is not a sort: annotate the parameter with Node or the like")
def parameter_of_no_sort(rule: CupRule, c: int) -> None:
    """A parameter that ranges over Python's numbers."""


@while_building("None is not a sort: annotate the parameter with Node or the like")
def parameter_without_annotation(rule: CupRule, c) -> None:  # type: ignore[no-untyped-def]
    """A parameter that ranges over anything."""


@while_building(
    "<class 'unsay.model.language.notation.Bool'> is not a sort: "
    "annotate the parameter with Node or the like"
)
def parameter_that_is_a_truth(rule: CupRule, c: Bool) -> None:
    """A parameter that is true or false."""


@while_building("NameError: name 'Jug' is not defined")
def parameter_of_unknown_sort(rule: CupRule, c: Jug) -> None:  # type: ignore[name-defined]  # noqa: F821
    """A parameter of a sort that nobody declared."""


@pytest.mark.parametrize(
    ("function", "text"), WHILE_BUILDING, ids=[f.__name__ for f, _ in WHILE_BUILDING]
)
def test_a_mistake_in_a_rule_is_refused_with_its_line(
    function: Callable[..., None], text: str
) -> None:
    """Decision 0001: the rule's name and the source line on every error while a rule is built."""
    where = place_in(clumsy if function is error_in_a_helper else function)
    assert refusal(lambda: built(function)) == f"rule {function.__name__}: {text} ({where})"


# Mistakes that only the whole rule shows: the rule's name, and the guard or update.

AFTERWARDS: list[tuple[Callable[..., None], str]] = []


def afterwards(text: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    def collect(function: Callable[..., None]) -> Callable[..., None]:
        AFTERWARDS.append((function, text))
        return function

    return collect


@afterwards("guard reach: 'd' is neither a parameter nor bound by a quantifier")
def unbound_variable(rule: CupRule, c: Cup) -> None:
    """Some cup or other."""
    rule.guard(reach=near[c, d])
    rule.update(clean[c], to=True)


@afterwards("update 'clean[d] becomes true': 'd' is neither a parameter nor bound by a quantifier")
def unbound_variable_in_a_cell(rule: CupRule, c: Cup) -> None:
    """Some cup or other becomes clean."""
    rule.guard(any_time=all_of())
    rule.update(clean[d], to=True)


@afterwards(
    "update 'clean[d] becomes clean[e] for each d': 'e' is neither a parameter nor bound"
    " by a quantifier"
)
def unbound_variable_in_a_value(rule: CupRule, c: Cup) -> None:
    """As clean as some cup or other."""
    rule.guard(any_time=all_of())
    rule.update(clean[d], to=clean[e], each=d)


@afterwards("guard free: 'c' is neither a parameter nor bound by a quantifier")
def parameter_s_name_with_another_sort(rule: CupRule, c: Level) -> None:
    """The c of the guard is a cup, the parameter is a level."""
    rule.guard(free=clean[globals()["c"]])
    rule.update(level[d], to=c, each=d)


@afterwards("guard reach: 'c' is bound again inside its own scope")
def binder_that_shadows_a_parameter(rule: CupRule, c: Cup) -> None:
    """For some c, inside the scope of c."""
    rule.guard(reach=exists(c, clean[c]))
    rule.update(clean[c], to=True)


@afterwards("guard reach: 'c' is bound again inside its own scope")
def binder_that_shadows_with_another_sort(rule: CupRule, c: Cup) -> None:
    """For some level c, inside the scope of cup c."""
    lower = Level.variable("c")
    rule.guard(reach=exists(lower, lower < level[c]))
    rule.update(clean[c], to=True)


@afterwards("guard reach: 'd' is bound again inside its own scope")
def binder_within_a_binder(rule: CupRule, c: Cup) -> None:
    """For every d and, inside, for some d."""
    rule.guard(reach=forall(d, near[c, d] | exists(d, near[d, c])))
    rule.update(clean[c], to=True)


@afterwards(
    "update 'clean[d] becomes true for each d where (for some d: Cup: near[d, c])': "
    "'d' is bound again inside its own scope"
)
def binder_that_shadows_each(rule: CupRule, c: Cup) -> None:
    """For each d where for some d."""
    rule.guard(any_time=all_of())
    rule.update(clean[d], to=True, each=d, where=exists(d, near[d, c]))


@afterwards("update 'clean[c] becomes true for each c': c is already a parameter")
def each_that_shadows_a_parameter(rule: CupRule, c: Cup) -> None:
    """For each c, inside the scope of c."""
    rule.guard(any_time=all_of())
    rule.update(clean[c], to=True, each=c)


@afterwards("update 'tint[c] becomes Level.least for each c': c is already a parameter")
def each_that_shadows_with_another_sort(rule: CupRule, c: Cup) -> None:
    """For each colour c, inside the scope of cup c."""
    colour = Colour.variable("c")
    rule.guard(any_time=all_of())
    rule.update(tint[colour], to=Level.least(), each=colour)


@afterwards("guard new: reads touched, which is history; the machine may not depend on it")
def history_in_a_guard(rule: CupRule, c: Cup) -> None:
    """What is only remembered decides what can happen."""
    rule.guard(new=~touched[c, c])
    rule.update(clean[c], to=True)


@afterwards(
    "update 'clean[c] becomes touched[c, c]': reads touched, which is history; "
    "the machine may not depend on it"
)
def history_in_a_value(rule: CupRule, c: Cup) -> None:
    """What is only remembered becomes state."""
    rule.guard(any_time=all_of())
    rule.update(clean[c], to=touched[c, c])


@afterwards(
    "update 'clean[c] becomes true where (for some d: Cup: touched[c, d])': reads touched, "
    "which is history; the machine may not depend on it"
)
def history_in_a_condition(rule: CupRule, c: Cup) -> None:
    """What is only remembered decides what changes."""
    rule.guard(any_time=all_of())
    rule.update(clean[c], to=True, where=exists(d, touched[c, d]))


@afterwards("has no guard, so it could happen at any time")
def rule_without_guard(rule: CupRule, c: Cup) -> None:
    """Always possible, perhaps by mistake."""
    rule.update(clean[c], to=True)


@afterwards("changes nothing")
def rule_without_update(rule: CupRule, c: Cup) -> None:
    """Nothing comes of it."""
    rule.guard(dirty=~clean[c])


@afterwards("needs a docstring, the sentence that it states")
def rule_without_docstring(rule: CupRule, c: Cup) -> None:
    rule.guard(dirty=~clean[c])
    rule.update(clean[c], to=True)


@afterwards("guard sometimes: is always false, so the rule could never happen")
def guard_always_false(rule: CupRule, c: Cup) -> None:
    """Python has decided that d is not c."""
    rule.guard(sometimes=d is c)  # type: ignore[arg-type]
    rule.update(clean[c], to=True)


@afterwards("guard sometimes: is always false, so the rule could never happen")
def guard_under_no_condition(rule: CupRule, c: Cup) -> None:
    """Some of nothing is false."""
    rule.guard(sometimes=any_of())
    rule.update(clean[c], to=True)


@afterwards("guard ahead: 'next(clean[c])' belongs in a step property only")
def next_in_a_guard(rule: CupRule, c: Cup) -> None:
    """Can happen where it will have happened."""
    rule.guard(ahead=after_step(clean[c]))
    rule.update(clean[c], to=True)


@afterwards(
    "update 'level[c] becomes next(level[c])': 'next(level[c])' belongs in a step property only"
)
def next_in_a_value(rule: CupRule, c: Cup) -> None:
    """Becomes what it becomes."""
    rule.guard(any_time=all_of())
    rule.update(level[c], to=after_step(level[c]))


@afterwards("guard again: 'wipe(c) happens' belongs in a step property only")
def taken_in_a_guard(rule: CupRule, c: Cup) -> None:
    """Can happen where another rule happens."""
    rule.guard(again=taken("wipe", c))
    rule.update(clean[c], to=True)


@pytest.mark.parametrize(("function", "text"), AFTERWARDS, ids=[f.__name__ for f, _ in AFTERWARDS])
def test_a_rule_that_makes_no_sense_is_refused_by_name(
    function: Callable[..., None], text: str
) -> None:
    """Decision 0001: every error names the rule, and the guard or update that is wrong."""
    assert refusal(lambda: built(function)) == f"rule {function.__name__}: {text}"


def test_history_may_read_history() -> None:
    """What records the past may look at the past: only guards and other updates may not."""

    def touch(rule: CupRule, c: Cup) -> None:
        """Cup c touches its neighbour, once."""
        rule.guard(any_time=all_of())
        rule.update(clean[c], to=False)
        rule.update(touched[c, d], to=~touched[d, c], each=d, where=touched[d, d])

    assert [u.symbol for u in built(touch).updates] == [clean.symbol, touched.symbol]


def test_where_a_rule_happens_is_one_of_its_parameters() -> None:
    """The lane of the picture: ``at`` names a parameter."""
    text = "rule unbound_variable: happens at 'd', which is not one of its parameters"
    assert refusal(lambda: built(unbound_variable, at="d")) == text
