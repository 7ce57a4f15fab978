"""Saving a run as a trace file, and loading one: nothing in a file is believed, all is replayed.

A trace says which design it is of, which steps were taken, and what each state was. Loading it
builds the machine of that design, takes the steps, and compares; a trace that this version of
the machine cannot repeat, state by state, is refused with one line that says where they part.
"""

from __future__ import annotations

import json
import os
from typing import Any

from unsay import __version__
from unsay.engines.run import Replay, ReplayError, Step, replay
from unsay.model.design import Design, DesignError, design_from_data
from unsay.model.design.errors import printable, quoted
from unsay.model.language import Machine, ModelError
from unsay.model.recall.machine import build_machine
from unsay.properties import PROPERTIES, Property
from unsay.traces.errors import TraceError
from unsay.traces.files import write_atomically
from unsay.traces.itf import (
    ABSENT,
    ACTION,
    INITIAL,
    PICKS,
    as_itf,
    decode_table,
    parameter_names,
    place_words,
    tables_of,
)
from unsay.traces.reading import read_json


def save_trace(run: Replay, path: str | os.PathLike[str]) -> None:
    """Write ``run`` to ``path`` as ITF JSON, whole or not at all.

    Raises:
        TraceError: the file cannot be written.
    """
    write_atomically(path, as_itf(run))


def load_trace(path: str | os.PathLike[str], design: Design | None = None) -> Replay:
    """The run in the trace file at ``path``, replayed and found to be as recorded.

    Args:
        path: A file that ``save_trace`` wrote.
        design: The design that the trace must be of, if it matters.

    Raises:
        TraceError: the file is no trace, is damaged, is of another design, or tells of a run
            that the machine does not perform exactly so. One line, starting with the path.
    """
    name = printable(os.fspath(path))
    try:
        return _Reader(read_json(path)).run(design)
    except _RefusedError as refusal:
        raise TraceError(printable(f"{name}: {refusal}")) from None


class _RefusedError(Exception):
    """Why a trace is not accepted; ``load_trace`` puts the path before it."""


class _Reader:
    """The parts of a trace file, checked as they are taken out of it."""

    def __init__(self, data: Any) -> None:
        meta = data.get("#meta") if isinstance(data, dict) else None
        if not isinstance(meta, dict) or meta.get("format") != "ITF":
            raise _RefusedError('is not an ITF trace: no "#meta" with "format": "ITF"')
        if "design" not in meta or "fingerprint" not in meta:
            raise _RefusedError('is an ITF trace, but not one of Unsay\'s: no "design" in "#meta"')
        self.meta: dict[str, Any] = meta
        self.states: list[dict[str, Any]] = self._states(data)
        self.loop: int | None = self._loop(data)

    def _states(self, data: dict[str, Any]) -> list[dict[str, Any]]:
        states = data.get("states")
        if not isinstance(states, list) or not states:
            raise _RefusedError('is not a complete ITF trace: no "states"')
        for index, state in enumerate(states):
            inner = state.get("#meta") if isinstance(state, dict) else None
            if not isinstance(inner, dict) or not _is_count(inner.get("index")):
                raise _RefusedError(f'state {index}: has no "#meta" with its "index"')
            if inner["index"] != index:
                raise _RefusedError(
                    f"state {index}: is numbered {inner['index']}: states are missing, or are not"
                    " in order"
                )
        steps: Any = self.meta.get("steps")
        if not _is_count(steps):
            raise _RefusedError('is not a complete trace: no number of "steps" in "#meta"')
        if steps != len(states) - 1:
            raise _RefusedError(
                f"is truncated or extended: it has {len(states)} states, but a run of {steps}"
                f" steps has {steps + 1}"
            )
        return states

    def _loop(self, data: dict[str, Any]) -> int | None:
        loop = data.get("loop")
        if loop is None or (_is_count(loop) and loop < len(self.states)):
            return loop
        shown, last = printable(json.dumps(loop))[:40], len(self.states) - 1
        raise _RefusedError(f'its "loop" is {shown}, which is no state; allowed: 0 to {last}')

    def run(self, design: Design | None) -> Replay:
        """The replay, after every check.

        Raises:
            _RefusedError: something does not hold.
        """
        recorded = self._design()
        if design is not None and design.fingerprint() != recorded.fingerprint():
            raise _RefusedError(
                f"is a trace of another design: {quoted(recorded.title)}"
                f" ({recorded.fingerprint()[:12]}), not of {quoted(design.title)}"
                f" ({design.fingerprint()[:12]})"
            )
        claim = self._property()
        try:
            machine = build_machine(recorded)
            steps = [_step(machine, i, s) for i, s in enumerate(self.states)][1:]
            run = replay(machine, steps, claim, self.loop)
        except (ReplayError, ModelError) as error:
            raise _RefusedError(f"{error}{self._other_version()}") from None
        self._compare(run)
        self._check_verdict(run)
        return run

    def _design(self) -> Design:
        try:
            design = design_from_data(self.meta["design"], "the design in it")
        except DesignError as error:
            more = f" (and {len(error.lines) - 1} more)" if len(error.lines) > 1 else ""
            raise _RefusedError(f"{error.lines[0]}{more}") from None
        if design.fingerprint() != self.meta["fingerprint"]:
            raise _RefusedError(
                "the design in it does not have the fingerprint that the trace gives:"
                " one of them was changed"
            )
        return design

    def _property(self) -> Property | None:
        given = self.meta.get("property")
        if given is None:
            return None
        name = given.get("name") if isinstance(given, dict) else given
        if not isinstance(name, str) or name not in PROPERTIES:
            shown = quoted(name) if isinstance(name, str) else "without a name"
            known = ", ".join(PROPERTIES)
            raise _RefusedError(f"is of an unknown property {shown}; known: {known}")
        return PROPERTIES[name]

    def _compare(self, run: Replay) -> None:
        structure, tables = run.machine.structure, tables_of(run.machine)
        for index, state in enumerate(self.states):
            known = {"#meta", ACTION, PICKS, *(s.name for s in tables)}
            for name in state:
                if name not in known:
                    raise _RefusedError(f"state {index}: the machine has no table {quoted(name)}")
            for symbol in tables:
                where = f"state {index}: "
                if symbol.name not in state:
                    raise _RefusedError(f"{where}table {symbol} is missing{self._other_version()}")
                try:
                    recorded = decode_table(structure, symbol, state[symbol.name])
                except ValueError as error:
                    raise _RefusedError(f"{where}{symbol} {error}{self._other_version()}") from None
                for place, value in recorded.items():
                    replayed = run.states[index][symbol, place]
                    if value != replayed:
                        names = structure.members(symbol.value)
                        raise _RefusedError(
                            f"{where}{place_words(structure, symbol, place)} is {names[value]} in"
                            f" the trace, but {names[replayed]} in the replay"
                            f"{self._other_version()}"
                        )

    def _check_verdict(self, run: Replay) -> None:
        status = "violation" if run.broken else "ok"
        if self.meta.get("status") != status:
            shown = "breaks" if run.broken else "does not break"
            what = run.property.name if run.property else "any property"
            raise _RefusedError(
                f"its status is not {quoted(status)}, but the replay {shown} {what}"
                f"{self._other_version()}"
            )

    def _other_version(self) -> str:
        version = self.meta.get("unsay")
        if version == __version__ or not isinstance(version, str):
            return ""
        return f" (the trace is of Unsay {quoted(version)}, this is {__version__})"


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _step(machine: Machine, index: int, state: dict[str, Any]) -> Step:
    """The step that led to ``state``; for the first state, that none did."""
    action, picks = state.get(ACTION), state.get(PICKS)
    if not isinstance(action, str) or not isinstance(picks, dict):
        raise _RefusedError(f'state {index}: no "{ACTION}" with "{PICKS}"')
    chosen: dict[str, str] = {}
    for name, pick in picks.items():
        if pick == ABSENT:
            continue
        value = pick.get("value") if isinstance(pick, dict) and pick.get("tag") == "Some" else None
        if not isinstance(value, str):
            raise _RefusedError(f"state {index}: pick {quoted(name)} is neither Some nor None")
        chosen[name] = value
    if index == 0:
        if action != INITIAL or chosen:
            raise _RefusedError(f'state 0: is not the initial state, "{INITIAL}" without picks')
        return Step(INITIAL, ())
    rules = {rule.name: rule for rule in machine.rules}
    if action not in rules:
        raise _RefusedError(f"state {index}: the design's machine has no rule {quoted(action)}")
    wanted = [p.name for p in rules[action].parameters]
    if set(chosen) != set(wanted) or not set(parameter_names(machine)) >= set(picks):
        given = ", ".join(chosen) or "nothing"
        raise _RefusedError(
            f"state {index}: rule {action} takes {', '.join(wanted)}, but was given {given}"
        )
    return Step(action, tuple(chosen[name] for name in wanted))
