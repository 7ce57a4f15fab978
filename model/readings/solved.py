"""What a Z3 model says, as the state that it is."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import z3

from unsay.model.language.machine import Machine
from unsay.model.language.terms import BOOL, Sort, Symbol, Variable
from unsay.model.readings.anysize import AnySize
from unsay.model.readings.arrays import Worlds


def reading_of(machine: Machine, model: Any) -> AnySize:
    """The reading of ``machine`` by which ``model`` goes, which a solver made that was told text.

    What the text declares has the names that the reading gives, but Z3 declares no enumeration
    twice. One that the model does not have says nothing: it is declared by another name.
    """
    reading = AnySize(machine, model.ctx)
    declared: dict[str, Any] = {}
    for function in model.decls():
        arguments = (function.domain(k) for k in range(function.arity()))
        declared |= {sort.name(): sort for sort in (function.range(), *arguments)}
    for sort in {s for t in machine.symbols for s in (*t.arguments, t.value) if s.literals}:
        if sort != BOOL:
            known = sort.name in declared
            reading.adopt(sort, declared[sort.name] if known else _unused(sort, model.ctx))
    return reading


def _unused(sort: Sort, context: Any) -> Any:
    members = [f"unused {name}" for name in sort.literals]
    made, _ = z3.EnumSort(f"unused {sort.name}", members, context)
    return made


def world_of(
    reading: AnySize, model: Any, tables: Iterable[Symbol], parameters: Iterable[Variable]
) -> tuple[Worlds, tuple[int, ...]] | None:
    """The state that a Z3 model is, and the positions of the ``parameters`` in it.

    None where the model gives a sort no finite set of members.
    """
    tables, parameters = tuple(tables), tuple(parameters)
    members: dict[Sort, list[Any]] = {}
    for table in tables:
        for sort in (*table.arguments, table.value):
            if sort not in members:
                listed = reading.members(sort, model)
                if listed is None:
                    return None
                members[sort] = listed
    for parameter in parameters:
        if parameter.of not in members:
            members[parameter.of] = reading.members(parameter.of, model) or []
    number = {(s, e.get_id()): i for s, every in members.items() for i, e in enumerate(every)}

    def position(expression: Any, sort: Sort) -> int:
        value = model.eval(expression, model_completion=True)
        return int(z3.is_true(value)) if sort == BOOL else number[sort, value.get_id()]

    found = {}
    for table in tables:
        shape = tuple(len(members[s]) for s in table.arguments)
        filled = np.zeros(shape, dtype=np.int16)
        for place in np.ndindex(*shape):
            filled[place] = position(reading.read(table, place, members), table.value)
        found[table] = filled if table.role == "rigid" else filled[None]
    sizes = {s: len(every) for s, every in members.items() if not s.literals}
    arguments = tuple(position(reading.constant(p), p.of) for p in parameters)
    return Worlds(sizes, 1, found), arguments
