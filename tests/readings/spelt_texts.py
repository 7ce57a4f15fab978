"""A second reader of Promela and SMV texts: enough of both to perform what we write.

It shares nothing with the writers, and knows no rule. So a text that says something else than the
machine is noticed where no Spin and no NuSMV is installed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

Valuation = tuple[object, ...]
Names = dict[str, int]

TOKEN = re.compile(r"\s*(->|&&|\|\||==|[&|!=():]|\d+|\w+)")
EITHER, BOTH, EQUAL = ("||", "|"), ("&&", "&"), ("==", "=")


class Expression:
    """Turns an expression of either format into one of Python, over a list ``s`` of values."""

    def __init__(self, text: str, cells: Names, definitions: dict[str, str]) -> None:
        self._tokens = TOKEN.findall(text)
        assert "".join(self._tokens) == re.sub(r"\s", "", text), text
        self._cells, self._definitions = cells, definitions
        self.python = self._either()
        assert not self._tokens, text

    def _next(self, *wanted: str) -> str:
        token = self._tokens.pop(0)
        assert not wanted or token in wanted, (token, wanted)
        return str(token)

    def _sees(self, *wanted: str) -> bool:
        return bool(self._tokens) and self._tokens[0] in wanted

    def _either(self) -> str:
        parts = [self._both()]
        while self._sees(*EITHER):
            self._next()
            parts.append(self._both())
        return f"({' or '.join(parts)})" if len(parts) > 1 else parts[0]

    def _both(self) -> str:
        parts = [self._compared()]
        while self._sees(*BOTH):
            self._next()
            parts.append(self._compared())
        return f"({' and '.join(parts)})" if len(parts) > 1 else parts[0]

    def _compared(self) -> str:
        left = self._single()
        if self._sees(*EQUAL):
            self._next()
            return f"({left} == {self._single()})"
        return left

    def _single(self) -> str:
        token = self._next()
        if token == "!":
            return f"(not {self._single()})"
        if token == "(":
            inside = self._either()
            if self._sees("->"):
                self._next("->")
                then = self._either()
                self._next(":")
                inside = f"({then} if {inside} else {self._either()})"
            self._next(")")
            return inside
        if token.lower() in ("true", "false"):
            return str(int(token.lower() == "true"))
        if token in self._cells:
            return f"s[{self._cells[token]}]"
        return self._definitions.get(token, token if token.isdigit() else repr(token))


@dataclass
class Performed:
    """A text as a machine: where it starts, what it can do, what it claims."""

    names: list[str]
    start: list[object]
    steps: list[Callable[[list[object]], list[object] | None]] = field(default_factory=list)
    claims: dict[str, Callable[[list[object]], bool]] = field(default_factory=dict)

    def reach(self) -> tuple[set[Valuation], dict[str, int]]:
        """Every reachable valuation, and how many steps away each broken claim first is."""
        seen: set[Valuation] = {tuple(self.start)}
        layer, broken, depth = list(seen), {}, 0
        while layer:
            for state in layer:
                for name, holds in self.claims.items():
                    if name not in broken and not holds(list(state)):
                        broken[name] = depth
            found = set()
            for state in layer:
                for step in self.steps:
                    after = step(list(state))
                    if after is not None:
                        found.add(tuple(after))
            layer = list(found - seen)
            seen |= found
            depth += 1
        return seen, broken

    def edges(self) -> set[tuple[frozenset[tuple[str, object]], frozenset[tuple[str, object]]]]:
        """Every step between different reachable valuations, by the names of the cells."""
        found = set()
        for state in self.reach()[0]:
            for step in self.steps:
                after = step(list(state))
                if after is not None and tuple(after) != state:
                    ends = (frozenset(zip(self.names, v, strict=True)) for v in (state, after))
                    found.add((next(ends), next(ends)))
        return found


def _function(python: str) -> Callable[[list[object]], object]:
    found: Callable[[list[object]], object] = eval(f"lambda s: {python}")
    return found


def promela(text: str) -> Performed:
    """A Promela text of ours. What assertions are about is no cell."""
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.S)
    asserted = set(re.findall(r"assert\((\w+)\)", text))
    declared = re.findall(r"^(?:bit|byte) (\w+)(?: = (\d+))?;", text, re.M)
    cells = {name: i for i, (name, _) in enumerate(declared)}
    made = Performed(list(cells), [int(value or 0) for _, value in declared])
    for body in re.findall(r":: d_step \{ (.*) \}", text):
        guard, *rest = body.split("; ")
        test = _function(Expression(guard, cells, {}).python)
        if assertion := re.fullmatch(r"assert\((\w+)\)", rest[0] if rest else ""):
            made.claims[assertion[1]] = lambda s, test=test: not test(s)  # type: ignore[misc]
            continue
        writes = []
        for statement in rest:
            name, _, value = statement.partition(" = ")
            writes.append((cells[name], _function(Expression(value, cells, {}).python)))
        made.steps.append(_in_turn(test, writes))
    assert set(made.claims) == asserted
    return made


def _in_turn(
    test: Callable[[list[object]], object],
    writes: list[tuple[int, Callable[[list[object]], object]]],
) -> Callable[[list[object]], list[object] | None]:
    def step(state: list[object]) -> list[object] | None:
        if not test(state):
            return None
        for cell, value in writes:  # one after the other, as Promela does
            state[cell] = value(state)
        return state

    return step


def smv(text: str) -> Performed:
    """An SMV text of ours. The cell ``action`` is an input: it is chosen anew for each step."""
    text = re.sub(r"--.*", "", text)
    (actions,) = re.findall(r"action : \{(.*)\};", text)
    starts = dict(re.findall(r"init\((\w+)\) := (\w+);", text))
    cells = {name: i for i, name in enumerate(starts)} | {"action": len(starts)}
    definitions: dict[str, str] = {}
    for name, value in re.findall(r"^\s*(?:DEFINE )?(\w+) := (.*);", text, re.M):
        definitions[name] = Expression(value, cells, definitions).python
    first = [_function(Expression(v, cells, {}).python)([]) for v in starts.values()]
    made = Performed(list(starts), first)
    nexts = []
    for name, body in re.findall(r"next\((\w+)\) := case(.*?)esac;", text, re.S):
        assert len(nexts) == cells[name]
        chosen = "None"
        for condition, value in reversed(list(_cases(body))):
            when = Expression(condition, cells, definitions).python
            chosen = f"({Expression(value, cells, definitions).python} if {when} else {chosen})"
        nexts.append(_function(chosen))
    for action in actions.split(", "):
        made.steps.append(_at_once(nexts, action))
    for name in re.findall(r"INVARSPEC (\w+);", text):
        test = _function(definitions[name])
        made.claims[name] = lambda s, test=test: bool(test(s))  # type: ignore[misc]
    return made


def _cases(body: str) -> Iterator[tuple[str, str]]:
    for line in body.strip().splitlines():
        condition, _, value = line.strip().removesuffix(";").rpartition(" : ")
        yield condition, value


def _at_once(
    nexts: list[Callable[[list[object]], object]], action: str
) -> Callable[[list[object]], list[object]]:
    def step(state: list[object]) -> list[object]:
        before = [*state, action]
        return [value(before) for value in nexts]

    return step
