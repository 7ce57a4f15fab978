"""ITF, the Informal Trace Format of Apalache and Quint: a run as JSON that other tools read.

A relation is a set (of tuples, if it has several arguments), a function a map, a member of a
sort its name. ``mbt::actionTaken`` and ``mbt::nondetPicks`` tell, as Quint has them, which step
led to a state. A run that never ends has a ``loop``: the state from which on it repeats. Its last
state is that one again, but for history that the property does not read. What Unsay needs to check
the trace again is in ``#meta``.

The format: https://apalache-mc.org/docs/adr/015adr-trace.html
"""

from __future__ import annotations

import json
from typing import Any

from unsay import __version__
from unsay.engines.run import Replay
from unsay.model.design import Design
from unsay.model.language import BOOL, Machine, Structure, Symbol
from unsay.model.readings.reference import State
from unsay.traces.errors import TraceError
from unsay.traces.story import tell

ACTION = "mbt::actionTaken"
PICKS = "mbt::nondetPicks"
INITIAL = "init"
FORMAT_DESCRIPTION = "https://apalache-mc.org/docs/adr/015adr-trace.html"
ABSENT: dict[str, Any] = {"tag": "None", "value": {"#tup": []}}


def as_itf(replay: Replay) -> str:
    """The run in ITF: one line for each state, so that traces can be compared line by line.

    Raises:
        TraceError: the machine was not built from a design, so nobody could build it again; or
            the run does not begin at the start.
    """
    header = json.dumps(_header(replay), ensure_ascii=False, indent=2)
    tables = tables_of(replay.machine)
    names = [s.name for s in tables]
    variables = json.dumps([*names, ACTION, PICKS], ensure_ascii=False)
    states = [
        json.dumps(_state(replay, tables, i), ensure_ascii=False) for i in range(len(replay.states))
    ]
    body = ",\n".join(states)
    loop = "" if replay.loop is None else f',\n"loop": {replay.loop}'
    return f'{{"#meta": {header},\n"vars": {variables},\n"states": [\n{body}\n]{loop}}}\n'


def tables_of(machine: Machine) -> list[Symbol]:
    """The tables that a trace records: all that can change, histories included."""
    return [s for s in machine.symbols if s.role in ("state", "history")]


def _header(replay: Replay) -> dict[str, Any]:
    story = tell(replay)
    claim, design = replay.property, replay.machine.design
    if replay.supposed:
        raise TraceError("what begins with a state that is supposed cannot be saved as a trace")
    if not isinstance(design, Design):
        raise TraceError("a run of a machine without a design cannot be saved as a trace")
    about = f"{story.property_name}: {story.verdict}" if claim else story.verdict
    return {
        "format": "ITF",
        "format-description": FORMAT_DESCRIPTION,
        "description": f"Unsay {__version__} on {design.title}: {about}",
        "unsay": __version__,
        "status": "violation" if replay.broken else "ok",
        "steps": len(replay.steps),
        "property": {"name": claim.name, "sentence": claim.sentence} if claim else None,
        "fingerprint": design.fingerprint(),
        "design": design.resolved(),
    }


def _state(replay: Replay, tables: list[Symbol], index: int) -> dict[str, Any]:
    structure, state = replay.machine.structure, replay.states[index]
    encoded: dict[str, Any] = {"#meta": {"index": index}}
    for symbol in tables:
        encoded[symbol.name] = encode_table(structure, symbol, state)
    encoded[ACTION] = replay.steps[index - 1].rule if index else INITIAL
    picks = dict.fromkeys(parameter_names(replay.machine), ABSENT)
    if index:
        rule, names = replay.rule(index - 1), replay.steps[index - 1].arguments
        for parameter, name in zip(rule.parameters, names, strict=True):
            picks[parameter.name] = {"tag": "Some", "value": name}
    encoded[PICKS] = picks
    return encoded


def parameter_names(machine: Machine) -> list[str]:
    """The parameters that any rule has: every state tells which of them the step picked."""
    return sorted({p.name for rule in machine.rules for p in rule.parameters})


def encode_table(structure: Structure, symbol: Symbol, state: State) -> Any:
    """What ``symbol`` holds in ``state``, in ITF."""
    values = structure.members(symbol.value)
    cells = structure.cells(symbol)
    if symbol.value == BOOL:
        if not symbol.arguments:
            return bool(state[symbol, ()])
        return {"#set": [_key(structure, symbol, p) for p in cells if state[symbol, p]]}
    if not symbol.arguments:
        return values[state[symbol, ()]]
    return {"#map": [[_key(structure, symbol, p), values[state[symbol, p]]] for p in cells]}


def _key(structure: Structure, symbol: Symbol, place: tuple[int, ...]) -> Any:
    names = place_names(structure, symbol, place)
    return names[0] if len(names) == 1 else {"#tup": names}


def place_names(structure: Structure, symbol: Symbol, place: tuple[int, ...]) -> list[str]:
    """The arguments of a cell by name."""
    return [structure.members(s)[i] for s, i in zip(symbol.arguments, place, strict=True)]


def decode_table(structure: Structure, symbol: Symbol, data: Any) -> dict[tuple[int, ...], int]:
    """The value of every cell of ``symbol`` in ITF ``data``.

    Raises:
        ValueError: ``data`` is no such table; the message says what is wrong, without its name.
    """
    cells = structure.cells(symbol)
    if not symbol.arguments:
        if symbol.value == BOOL and isinstance(data, bool):
            return {(): int(data)}
        return {(): _position(structure, symbol.value, data)}
    if symbol.value == BOOL:
        members = [_place(structure, symbol, key) for key in _inside(data, "#set")]
        if len(set(members)) != len(members):
            raise ValueError("has a member twice")
        return {place: int(place in members) for place in cells}
    found: dict[tuple[int, ...], int] = {}
    for pair in _inside(data, "#map"):
        if not isinstance(pair, list) or len(pair) != 2:
            raise ValueError("has an entry that is no pair of key and value")
        place = _place(structure, symbol, pair[0])
        if place in found:
            raise ValueError("has a key twice")
        found[place] = _position(structure, symbol.value, pair[1])
    for place in cells:
        if place not in found:
            raise ValueError(f"has no entry for {place_words(structure, symbol, place)}")
    return found


def place_words(structure: Structure, symbol: Symbol, place: tuple[int, ...]) -> str:
    """A cell as the machine writes it: ``newest[china, m1]``."""
    inside = ", ".join(place_names(structure, symbol, place))
    return f"{symbol}[{inside}]" if inside else str(symbol)


def _inside(data: Any, tag: str) -> list[Any]:
    if isinstance(data, dict) and data.keys() == {tag} and isinstance(data[tag], list):
        inside: list[Any] = data[tag]
        return inside
    raise ValueError(f'is not written as {{"{tag}": [...]}}')


def _place(structure: Structure, symbol: Symbol, key: Any) -> tuple[int, ...]:
    names = [key] if len(symbol.arguments) == 1 else _inside(key, "#tup")
    if len(names) != len(symbol.arguments):
        raise ValueError(f"has {len(names)} arguments where it takes {len(symbol.arguments)}")
    pairs = zip(symbol.arguments, names, strict=True)
    return tuple(_position(structure, sort, name) for sort, name in pairs)


def _position(structure: Structure, sort: Any, name: Any) -> int:
    members = structure.members(sort)
    if not isinstance(name, str) or name not in members:
        raise ValueError(f"names {_shown(name)}, but the design has no such {sort}")
    return members.index(name)


def _shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=True)
    return text if len(text) <= 40 else f"{text[:39]}…"
