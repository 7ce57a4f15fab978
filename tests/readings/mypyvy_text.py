"""A small reader of mypyvy programs, which performs them on a finite structure.

It shares nothing with the writer. It knows the part of mypyvy that a program of ours needs: a
transition is a conjunction in which each table that it modifies has one part that says what all of
its cells are afterwards.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Tables = dict[str, dict[tuple[Any, ...], Any]]
"""The cells of tables, by name and arguments."""

_TOKEN = re.compile(r"\s+|#[^\n]*|(<->|->|!=|[A-Za-z_]\w*|[()\[\].,:&|!=])")
_DECLARES = frozenset(
    ["sort", "immutable", "mutable", "axiom", "init", "transition", "safety", "theorem"]
)


@dataclass
class Tree:
    """A term: what it is and its parts; a quantifier has its variables with their sorts."""

    kind: str
    parts: tuple[Tree, ...] = ()
    variables: tuple[tuple[str, str], ...] = ()


@dataclass
class Moment:
    """The tables before a step and after it; the fixed ones are in both."""

    now: Tables
    after: Tables | None = None


@dataclass
class Transition:
    """What a transition says."""

    parameters: tuple[tuple[str, str], ...]
    modifies: list[str]
    parts: tuple[Tree, ...]


@dataclass
class Program:
    """A program on a structure.

    Attributes:
        members: The members of each sort.
        sorts: The declared sorts.
        tables: Argument sorts, value sort, and whether it changes, of each table.
        axioms: What is assumed.
        starts: What holds at the start.
        transitions: What can happen.
        safety: What is claimed, by name.
    """

    members: Mapping[str, Sequence[Any]]
    sorts: list[str] = field(default_factory=list)
    tables: dict[str, tuple[list[str], str, bool]] = field(default_factory=dict)
    axioms: list[Tree] = field(default_factory=list)
    starts: list[Tree] = field(default_factory=list)
    transitions: dict[str, Transition] = field(default_factory=dict)
    safety: dict[str, Tree] = field(default_factory=dict)

    def holds(self, tree: Tree, now: Tables) -> bool:
        """The truth of a closed formula."""
        return bool(self._value(tree, {}, Moment(now)))

    def steps(self, now: Tables) -> Iterator[tuple[str, tuple[Any, ...], Tables]]:
        """Every transition that is possible: its name, its arguments, the tables after it."""
        for name, transition in self.transitions.items():
            ranges = [self.members[sort] for _, sort in transition.parameters]
            for arguments in itertools.product(*ranges):
                names = (variable for variable, _ in transition.parameters)
                env = dict(zip(names, arguments, strict=True))
                after = self._performed(transition, env, now)
                if after is not None:
                    yield name, arguments, after

    def changes(self, tree: Tree) -> bool:
        """Whether a formula mentions a table that some step may change."""
        _, _, mutable = self.tables.get(tree.kind, ([], "", False))
        return mutable or any(map(self.changes, tree.parts))

    def _performed(
        self, transition: Transition, env: Mapping[str, Any], now: Tables
    ) -> Tables | None:
        after: Tables = {name: now[name] for name in now if name not in transition.modifies}
        for part in transition.parts:
            if (told := _told(part)) is None:
                if not self._value(part, env, Moment(now)):
                    return None
                continue
            name, places, value = told
            assert name not in after, f"{name} is told twice, or not modified"
            ranges = [self.members[sort] for _, sort in places]
            after[name] = {}
            for place in itertools.product(*ranges):
                inner = {**env, **dict(zip((v for v, _ in places), place, strict=True))}
                after[name][place] = self._value(value, inner, Moment(now))
        assert set(after) == set(now)
        # The formula as a whole, too, says that this is a step.
        assert all(self._value(part, env, Moment(now, after)) for part in transition.parts)
        return after

    def _value(self, tree: Tree, env: Mapping[str, Any], at: Moment) -> Any:
        def value(part: Tree) -> Any:
            return self._value(part, env, at)

        match tree.kind:
            case "&" | "|":
                return (all if tree.kind == "&" else any)(value(p) for p in tree.parts)
            case "forall" | "exists":
                return (all if tree.kind == "forall" else any)(
                    self._value(tree.parts[0], inner, at) for inner in self._bound(tree, env)
                )
            case "if":
                condition, then, otherwise = tree.parts
                return value(then) if value(condition) else value(otherwise)
            case "new":
                assert at.after is not None
                return self._value(tree.parts[0], env, Moment(at.after))
            case "distinct":
                return len({value(p) for p in tree.parts}) == len(tree.parts)
            case "true" | "false":
                return tree.kind == "true"
        if tree.kind in _SIGNS:
            return _SIGNS[tree.kind](*(value(p) for p in tree.parts))
        if tree.kind in env:
            return env[tree.kind]
        return at.now[tree.kind][tuple(value(p) for p in tree.parts)]

    def _bound(self, tree: Tree, env: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
        for name, _ in tree.variables:
            assert name not in self.tables, f"{name} is a table"
            assert name not in env, f"{name} is bound twice"
        names = [name for name, _ in tree.variables]
        for values in itertools.product(*(self.members[sort] for _, sort in tree.variables)):
            yield {**env, **dict(zip(names, values, strict=True))}


_SIGNS: dict[str, Callable[..., Any]] = {
    "!": lambda a: not a,
    "=": lambda a, b: a == b,
    "<->": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    "->": lambda a, b: not a or b,
}


def _told(tree: Tree) -> tuple[str, tuple[tuple[str, str], ...], Tree] | None:
    """The table of which a part says what its cells become, the cell's variables, and the value."""
    variables = tree.variables if tree.kind == "forall" else ()
    body = tree.parts[0] if variables else tree
    if body.kind not in ("=", "<->") or body.parts[0].kind != "new":
        return None
    (cell,), value = body.parts[0].parts, body.parts[1]
    assert [p.kind for p in cell.parts] == [name for name, _ in variables]
    return cell.kind, variables, value


def read(text: str, members: Mapping[str, Sequence[Any]]) -> Program:
    """The program that a text is, on these members."""
    return _Reader(text).program(Program(members))


class _Reader:
    """Recursive descent. Operators bind as in mypyvy: first !, then =, &, |, -> and last <->."""

    def __init__(self, text: str) -> None:
        self._tokens: list[str] = []
        place = 0
        while place < len(text):
            found = _TOKEN.match(text, place)
            assert found, f"not understood: {text[place : place + 20]!r}"
            place = found.end()
            if found[1]:
                self._tokens.append(found[1])
        self._at = 0

    def program(self, found: Program) -> Program:
        while self._peek():
            word = self._take()
            if word == "sort":
                found.sorts.append(self._take())
            elif word in ("immutable", "mutable"):
                self._table(found, word == "mutable")
            elif word == "transition":
                self._transition(found)
            else:
                assert word in ("axiom", "init", "safety", "theorem"), word
                name = self._name()
                tree = self._expression()
                if word in ("safety", "theorem"):
                    # mypyvy refuses an invariant of what no rule changes.
                    assert (word == "safety") == found.changes(tree), name
                    found.safety[name] = tree
                else:
                    (found.axioms if word == "axiom" else found.starts).append(tree)
        return found

    def _table(self, found: Program, changes: bool) -> None:
        kind, name = self._take(), self._take()
        assert name not in found.tables
        sorts = self._listed() if kind != "constant" else []
        value = "Bool"
        if kind != "relation":
            self._take(":")
            value = self._take()
        assert set(sorts) <= set(found.sorts)
        found.tables[name] = (sorts, value, changes)

    def _listed(self) -> list[str]:
        names = []
        self._take("(")
        while self._peek() != ")":
            names.append(self._take())
            if self._peek() == ",":
                self._take()
        self._take(")")
        return names

    def _transition(self, found: Program) -> None:
        name = self._take()
        self._take("(")
        parameters = () if self._peek() == ")" else self._binders()
        self._take(")")
        modifies: list[str] = []
        if self._take() == "modifies":
            modifies.append(self._take())
            while self._peek() == ",":
                self._take()
                modifies.append(self._take())
        body = self._expression()
        parts = body.parts if body.kind == "&" else (body,)
        found.transitions[name] = Transition(parameters, modifies, parts)

    def _name(self) -> str:
        if self._peek() != "[":
            return ""
        self._take("[")
        name = self._take()
        self._take("]")
        return name

    def _binders(self) -> tuple[tuple[str, str], ...]:
        found = []
        while True:
            name = self._take()
            self._take(":")
            found.append((name, self._take()))
            if self._peek() != ",":
                return tuple(found)
            self._take()

    def _expression(self) -> Tree:
        left = self._implication()
        if self._peek() == "<->":
            self._take()
            return Tree("<->", (left, self._implication()))
        return left

    def _implication(self) -> Tree:
        left = self._junction("|")
        if self._peek() == "->":
            self._take()
            return Tree("->", (left, self._implication()))
        return left

    def _junction(self, sign: str) -> Tree:
        def below() -> Tree:
            return self._junction("&") if sign == "|" else self._comparison()

        parts = [below()]
        while self._peek() == sign:
            self._take()
            parts.append(below())
        return Tree(sign, tuple(parts)) if len(parts) > 1 else parts[0]

    def _comparison(self) -> Tree:
        left = self._unary()
        if self._peek() in ("=", "!="):
            return Tree(self._take(), (left, self._unary()))
        return left

    def _unary(self) -> Tree:
        word = self._take()
        assert word not in _DECLARES, f"{word} is no term"
        if word == "!":
            return Tree("!", (self._unary(),))
        if word == "(":
            inner = self._expression()
            self._take(")")
            return inner
        if word in ("forall", "exists"):
            variables = self._binders()
            self._take(".")
            return Tree(word, (self._expression(),), variables)
        if word == "if":
            condition = self._expression()
            self._take("then")
            then = self._expression()
            self._take("else")
            return Tree("if", (condition, then, self._expression()))
        assert word[0].isalpha(), word
        return Tree(word, self._arguments())

    def _arguments(self) -> tuple[Tree, ...]:
        if self._peek() != "(":
            return ()
        self._take("(")
        parts = []
        while self._peek() != ")":
            parts.append(self._expression())
            if self._peek() == ",":
                self._take()
        self._take(")")
        return tuple(parts)

    def _peek(self) -> str:
        return self._tokens[self._at] if self._at < len(self._tokens) else ""

    def _take(self, wanted: str = "") -> str:
        word = self._peek()
        assert word, "the text ends too soon"
        assert wanted in ("", word), f"expected {wanted}, found {word}"
        self._at += 1
        return word
