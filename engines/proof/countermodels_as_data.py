"""States that no lemma excludes, as JSON and back."""

from __future__ import annotations

from typing import Any

import numpy as np

from unsay.engines.proof.obligations import Countermodel, rule_of
from unsay.model.language import Machine
from unsay.model.readings.anysize import open_sorts
from unsay.model.readings.arrays import Worlds


def countermodel_as_data(against: Countermodel) -> dict[str, Any]:
    """``against`` as plain data; sorts and tables by their names."""
    world = against.before
    return {
        "rule": against.rule,
        "arguments": list(against.arguments),
        "sizes": {s.name: n for s, n in world.sizes.items()},
        "tables": {s.name: values.tolist() for s, values in world.tables.items()},
    }


def countermodel_of(data: Any, machine: Machine) -> Countermodel:
    """What ``countermodel_as_data`` made ``data`` of; whether it breaks anything is not looked at.

    Raises:
        ValueError: it is no such data, or not about ``machine``.
    """
    sorts = {s.name: s for s in open_sorts(machine)}
    symbols = {s.name: s for s in machine.symbols}
    try:
        sizes = {sorts[name]: int(n) for name, n in data["sizes"].items()}
        tables = {symbols[n]: np.asarray(v, dtype=np.int16) for n, v in data["tables"].items()}
        world, arguments = Worlds(sizes, 1, tables), tuple(int(i) for i in data["arguments"])
        missing = [s.name for s in machine.symbols if s.role != "history" and s not in tables]
        if missing:
            raise ValueError(f"{missing[0]}: is missing")
        for symbol, values in tables.items():
            state = () if symbol.role == "rigid" else (1,)
            shape = (*state, *(world.size(s) for s in symbol.arguments))
            fits = not values.size or 0 <= values.min() <= values.max() < world.size(symbol.value)
            if values.shape != shape or not fits:
                raise ValueError(f"{symbol}: is no table of that size")
        rule = rule_of(machine, str(data["rule"]))
        if not all(
            i in range(world.size(p.of)) for p, i in zip(rule.parameters, arguments, strict=True)
        ):
            raise ValueError(f"{rule.name}: takes other arguments")
    except (KeyError, TypeError, AttributeError):
        raise ValueError("is no countermodel") from None
    return Countermodel(world, rule.name, arguments)
