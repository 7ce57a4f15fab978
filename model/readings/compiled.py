"""The reading as a step: generated Python over a state packed in one integer.

Nothing is interpreted at run time. Each action becomes a mask-and-compare on the packed state,
so that a state is hashable, small, and cheap to copy. The code generator knows ground formulas
and bit positions, and nothing else.
"""

from __future__ import annotations

import typing
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from unsay.model.language.machine import Machine
from unsay.model.language.rules import Kind
from unsay.model.language.terms import Symbol, Term
from unsay.model.readings.formulas import All, Formula, In, Some
from unsay.model.readings.ground import Action, Ground, ground, unhurried

Packed = int
Successors = Callable[[Packed], list[tuple[int, Packed]]]


class Packing:
    """Where each cell lies in the packed state. Cells that cannot change take no room."""

    def __init__(self, grounded: Ground) -> None:
        self._initial = grounded.initial
        self.shift: dict[int, int] = {}
        self.mask: dict[int, int] = {}
        self._codes: dict[int, dict[int, int]] = {}
        self._values: dict[int, tuple[int, ...]] = {}
        bit = 0
        for cell in range(len(grounded.initial)):
            domain = sorted(grounded.domains[cell])
            if len(domain) < 2:
                continue
            width = (len(domain) - 1).bit_length()
            self.shift[cell] = bit
            self.mask[cell] = ((1 << width) - 1) << bit
            self._codes[cell] = {value: i << bit for i, value in enumerate(domain)}
            self._values[cell] = tuple(domain)
            bit += width
        self.bits = bit

    def pack(self, values: Sequence[int]) -> Packed:
        """The packed state of a full list of cell values.

        Raises:
            ValueError: some cell holds a value that it can never hold.
        """
        state = 0
        for cell, value in enumerate(values):
            if cell in self._codes and value in self._codes[cell]:
                state |= self._codes[cell][value]
            elif cell in self._codes or value != self._initial[cell]:
                raise ValueError(f"cell {cell} never holds value {value}")
        return state

    def unpack(self, state: Packed) -> tuple[int, ...]:
        """The value of every cell."""
        return tuple(
            self._values[c][(state & self.mask[c]) >> self.shift[c]] if c in self.shift else v
            for c, v in enumerate(self._initial)
        )

    def domain(self, cell: int) -> tuple[int, ...]:
        """The values of ``cell`` that its bits count from 0."""
        return self._values[cell]

    def code(self, cell: int, value: int) -> int:
        """The bits by which ``cell`` says ``value``."""
        return self._codes[cell][value]


class _Writer:
    """Python source for ground formulas, over variables ``s`` (now), ``t`` (next), ``a``."""

    def __init__(self, packing: Packing, action_cell: int) -> None:
        self.packing = packing
        self.half = action_cell // 2
        self.action_cell = action_cell

    def test(self, formula: Formula) -> str:
        """An expression that is truthy where ``formula`` holds."""
        if isinstance(formula, bool):
            return str(formula)
        if isinstance(formula, In):
            return self._tests([formula])[0]
        if isinstance(formula, All):
            atoms = [p for p in formula.parts if isinstance(p, In)]
            rest = [p for p in formula.parts if not isinstance(p, In)]
            return "(" + " and ".join(self._tests(atoms) + [self.test(p) for p in rest]) + ")"
        return self._any(formula)

    def _any(self, formula: Some) -> str:
        on = {"s": 0, "t": 0}
        rest: list[Formula] = []
        for part in formula.parts:
            name, cell = self._place(part.cell) if isinstance(part, In) else ("", -1)
            if isinstance(part, In) and name in on and self._bit(cell, part.values):
                on[name] |= self.packing.mask[cell]
            else:
                rest.append(part)
        tests = [f"{name} & {bits}" for name, bits in on.items() if bits]
        return "(" + " or ".join(tests + [self.test(p) for p in rest]) + ")"

    def _bit(self, cell: int, values: frozenset[int]) -> bool:
        """Whether the atom is simply: this one-bit cell is set."""
        mask = self.packing.mask[cell]
        return mask.bit_count() == 1 and {self.packing.code(cell, v) for v in values} == {mask}

    def _place(self, cell: int) -> tuple[str, int]:
        if cell == self.action_cell:
            return "a", cell
        return ("t", cell - self.half) if cell >= self.half else ("s", cell)

    def _tests(self, atoms: list[In]) -> list[str]:
        """Single-valued atoms on one state merge into one masked comparison."""
        mask = {"s": 0, "t": 0}
        want = {"s": 0, "t": 0}
        others: list[str] = []
        for atom in atoms:
            name, cell = self._place(atom.cell)
            if name == "a":
                others.append(f"a in {set(atom.values)!r}")
                continue
            codes = sorted(self.packing.code(cell, v) for v in atom.values)
            if len(codes) == 1:
                mask[name] |= self.packing.mask[cell]
                want[name] |= codes[0]
            else:
                others.append(self._several(name, cell, codes))
        first = [
            f"not {n} & {mask[n]}" if not want[n] else f"{n} & {mask[n]} == {want[n]}"
            for n in mask
            if mask[n]
        ]
        return first + others

    def _several(self, name: str, cell: int, codes: list[int]) -> str:
        here, step = self.packing.mask[cell], 1 << self.packing.shift[cell]
        held = f"{name} & {here}"
        if codes == list(range(codes[0], codes[-1] + 1, step)):
            if codes[0] == 0:
                return f"({held}) <= {codes[-1]}"
            return f"{codes[0]} <= ({held}) <= {codes[-1]}"
        return f"({held}) in {set(codes)!r}"

    def effect(self, action: Action, indent: str) -> list[str]:
        """Statements that set ``t`` to the state after ``action``, from ``s``."""
        clear = put = 0
        lines: list[str] = []
        for cell, options in sorted(action.assignments.items()):
            mask = self.packing.mask[cell]
            if options[0][0] is True:
                clear |= mask
                put |= self.packing.code(cell, options[0][1])
                continue
            for i, (condition, value) in enumerate(options):
                code = self.packing.code(cell, value)
                word = "if" if i == 0 else "elif"
                change = f"t & {~mask} | {code}" if code != mask else f"t | {mask}"
                change = f"t & {~mask}" if not code else change
                head = f"{word} {self.test(condition)}:" if condition is not True else "else:"
                lines += [f"{indent}{head}", f"{indent}    t = {change}"]
        start = f"s & {~clear}" if clear & ~put else "s"
        start = f"{start} | {put}" if put else start
        return [f"{indent}t = {start}", *lines]


@dataclass(frozen=True)
class Program:
    """A machine compiled for one design: the concrete reading.

    ``actions[i]`` is the i-th rule at fixed arguments; engines speak of actions by number.
    """

    ground: Ground

    @property
    def actions(self) -> tuple[Action, ...]:
        """Every rule at every arguments that may happen in some state."""
        return self.ground.actions

    @cached_property
    def packing(self) -> Packing:
        """Where each cell lies in a packed state."""
        return Packing(self.ground)

    @cached_property
    def initial(self) -> Packed:
        """The state before anything happened."""
        return self.packing.pack(self.ground.initial)

    @cached_property
    def _writer(self) -> _Writer:
        return _Writer(self.packing, self.ground.grounder.action_cell)

    @cached_property
    def successors(self) -> Successors:
        """All steps out of a state, as (action number, next state), in action order."""
        found: Successors = self._expander("successors", "({action}, t)")
        return found

    @cached_property
    def targets(self) -> Callable[[Packed], list[Packed]]:
        """The states one step further, in action order: ``successors`` without the actions."""
        found: Callable[[Packed], list[Packed]] = self._expander("targets", "t")
        return found

    def _expander(self, name: str, item: str) -> typing.Any:
        lines = [f"def {name}(s):", "    found = []", "    add = found.append"]
        for numbers in self._by_rule():
            gate, guards = self._gate(numbers)
            indent = "    "
            if gate:
                lines.append(f"    if {gate}:")
                indent = "        "
            for i in numbers:
                lines.append(f"{indent}if {self._writer.test(guards[i])}:")
                lines += self._writer.effect(self.actions[i], indent + "    ")
                lines.append(f"{indent}    add({item.format(action=i)})")
        lines.append("    return found")
        return self._compile(lines, name)

    def _by_rule(self) -> list[list[int]]:
        groups: dict[tuple[str, int], list[int]] = {}
        for i, action in enumerate(self.actions):
            groups.setdefault((action.rule.name, action.arguments[0]), []).append(i)
        return list(groups.values())

    def _gate(self, numbers: list[int]) -> tuple[str, dict[int, Formula]]:
        """One cheap test that is false when no action of the group can happen.

        Only for groups whose every guard demands some bit to be set: then the union of those
        bits must not be all zero.
        """
        guards = {i: self.actions[i].guard for i in numbers}
        union = 0
        for guard in guards.values():
            bit = next((b for b in self._demanded(guard)), 0)
            if not bit or len(numbers) < 3:
                return "", guards
            union |= bit
        return f"s & {union}", guards

    def _demanded(self, guard: Formula) -> Iterable[int]:
        parts = guard.parts if isinstance(guard, All) else (guard,)
        for part in parts:
            if isinstance(part, In) and self._writer._bit(part.cell, part.values):
                yield self.packing.mask[part.cell]

    def enabled(self, state: Packed, number: int) -> bool:
        """Whether action ``number`` can happen in ``state``."""
        return bool(self._tests[number](state))

    @cached_property
    def _tests(self) -> list[Callable[[Packed], object]]:
        lines = ["tests = ["]
        lines += [f"    lambda s: {self._writer.test(a.guard)}," for a in self.actions]
        found: list[Callable[[Packed], object]] = self._compile([*lines, "]"], "tests")
        return found

    def step(self, state: Packed, number: int) -> Packed:
        """The state after action ``number``.

        Raises:
            ValueError: the action cannot happen in ``state``.
        """
        if not self.enabled(state, number):
            raise ValueError(f"{self.describe(number)} cannot happen here")
        return self._effects[number](state)

    @cached_property
    def _effects(self) -> list[Callable[[Packed], Packed]]:
        lines = ["effects = []"]
        for action in self.actions:
            lines += ["def effect(s):", *self._writer.effect(action, "    "), "    return t"]
            lines.append("effects.append(effect)")
        found: list[Callable[[Packed], Packed]] = self._compile(lines, "effects")
        return found

    def predicate(self, term: Term) -> Callable[[Packed], bool]:
        """A closed state formula, compiled."""
        return self.test(self.ground.property_formula(term))

    def test(self, formula: Formula) -> Callable[[Packed], bool]:
        """A ground formula about one state, compiled."""
        lines = ["def holds(s):", f"    return bool({self._writer.test(formula)})"]
        found: Callable[[Packed], bool] = self._compile(lines, "holds")
        return found

    def step_predicate(self, term: Term) -> Callable[[Packed, int, Packed], bool]:
        """A closed step formula, compiled: over a state, the action taken, and the next state."""
        test = self._writer.test(self.ground.property_formula(term))
        lines = ["def holds(s, a, t):", f"    return bool({test})"]
        found: Callable[[Packed, int, Packed], bool] = self._compile(lines, "holds")
        return found

    def _compile(self, lines: list[str], name: str) -> typing.Any:
        space: dict[str, object] = {}
        exec(compile("\n".join(lines) + "\n", f"<{self.ground.machine.name}>", "exec"), space)
        return space[name]

    def describe(self, number: int) -> str:
        """``deliver(recall-1, singapore, china)``."""
        action = self.actions[number]
        return f"{action.rule.name}({', '.join(self.names(action))})"

    def names(self, action: Action) -> tuple[str, ...]:
        """The arguments of ``action`` by name."""
        members = self.ground.machine.structure.members
        pairs = zip(action.rule.parameters, action.arguments, strict=True)
        return tuple(members(p.of)[i] for p, i in pairs)

    def numbers(self, *kinds: Kind) -> frozenset[int]:
        """The actions of these kinds."""
        return frozenset(i for i, a in enumerate(self.actions) if a.rule.kind in kinds)


def compile_machine(
    machine: Machine, keep: Iterable[Symbol] = (), pause: Callable[[], None] = unhurried
) -> Program:
    """The concrete reading of ``machine``; ``keep`` and ``pause`` as for ``ground``."""
    return Program(ground(machine, keep, pause))


__all__ = ["Packed", "Packing", "Program", "compile_machine"]
