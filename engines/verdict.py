"""Verdicts: what an engine found out about one property, and how far that reaches."""

from __future__ import annotations

import builtins
from dataclasses import dataclass
from enum import Enum

from unsay.engines.run import Step


class Outcome(Enum):
    """The ladder of verdicts, strongest first; see docs/ARCHITECTURE.md."""

    PROVED = "PROVED"
    """For any number of nodes, devices, messages and recalls."""
    HOLDS = "HOLDS"
    """In every reachable state of the scope."""
    BOUNDED = "BOUNDED"
    """In every run of the scope up to a number of steps."""
    SAMPLED = "SAMPLED"
    """In some number of random runs."""
    VIOLATED = "VIOLATED"
    """A run breaks it."""
    VACUOUS = "VACUOUS"
    """Nothing breaks it, and the situation that it is about never comes up."""
    UNKNOWN = "UNKNOWN"
    """Undecided, for the stated reason."""


@dataclass(frozen=True)
class Verdict:
    """What one engine says of one property.

    Attributes:
        property: The property's name.
        outcome: The rung of the ladder.
        engine: The engine that says so.
        seconds: Time that the engine took, for all the properties that it checked together.
        states: Distinct states visited. After ``HOLDS`` and ``VACUOUS`` the exact number of
            reachable states; after a violation, those found before the search could stop.
        transitions: Steps taken between them.
        depth: Steps up to which every run was covered, or the longest distance to a state.
        runs: Random runs made.
        complete: The engine did all that it can for this property. False when a budget or a
            person stopped it; then ``reason`` says what.
        reason: Why not more, in one line.
        run: For ``VIOLATED``, the run that breaks the property, replayed.
        loop: For a run that never ends, the state from which on it repeats, counted from 0. Where
            that is its last state, nothing happens any more.
        shortest: No shorter run breaks it; of runs that never end, none is shorter up to its loop.
        breaking: Reachable states in which it is broken, or from which a step breaks it.
        slices: Where all reachable states at once took too much: in how many parts of the machine
            every reachable state was looked at. For a claim about infinite runs also, in how many
            what may go on for ever was looked for. None were needed where rules alone decide (0).
        slice_states: The reachable states of the largest of them.
        lemmas: For ``PROVED``, what else holds in every reachable state and is needed for the
            proof, in words.
    """

    property: str
    outcome: Outcome
    engine: str
    seconds: float = 0.0
    states: int | None = None
    transitions: int | None = None
    depth: int | None = None
    runs: int | None = None
    complete: bool = True
    reason: str = ""
    run: tuple[Step, ...] | None = None
    loop: int | None = None
    shortest: bool = False
    breaking: int | None = None
    slices: int | None = None
    slice_states: int | None = None
    lemmas: tuple[str, ...] | None = None

    @builtins.property
    def _for_ever(self) -> str:
        again = len(self.run or ()) - (self.loop or 0)
        if not again:
            return "nothing happens any more"
        return f"{again} {'step' if again == 1 else 'steps'} again and again"

    @builtins.property
    def reach(self) -> str:
        """How far the verdict reaches, in words."""
        if self.outcome is Outcome.VIOLATED and self.run is not None:
            fewest = ", the fewest" if self.shortest else ""
            many = "" if self.breaking is None else f"; {self.breaking:,} states break it"
            if self.loop is None:
                return f"in {len(self.run)} steps{fewest}{many}"
            steps = "1 step" if self.loop == 1 else f"{self.loop} steps"
            return f"in {steps}{fewest}, and then {self._for_ever}{many}"
        if self.outcome is Outcome.PROVED and self.lemmas is not None:
            many = f"{len(self.lemmas)} lemma{'' if len(self.lemmas) == 1 else 's'}"
            return f"any size, {f'by {many}' if self.lemmas else 'with no lemma'}"
        if self.outcome is Outcome.BOUNDED:
            return f"every run of at most {self.depth} steps"
        if self.outcome is Outcome.SAMPLED:
            return f"{self.runs:,} random runs"
        if self.outcome in (Outcome.HOLDS, Outcome.VACUOUS) and self.states is not None:
            return f"all {self.states:,} reachable states"
        if self.outcome in (Outcome.HOLDS, Outcome.VACUOUS) and self.slices == 0:
            return "every reachable state, by the rules alone"
        if self.outcome in (Outcome.HOLDS, Outcome.VACUOUS) and self.slices is not None:
            of = (
                f"slice of {self.slice_states:,} states"
                if self.slices == 1
                else (f"{self.slices:,} slices of up to {self.slice_states:,} states")
            )
            return f"every reachable state, by {of}"
        return ""


EXIT_OK, EXIT_VIOLATED, EXIT_USAGE, EXIT_UNKNOWN = 0, 1, 2, 3


def exit_code(verdicts: list[Verdict]) -> int:
    """The command's exit code: 1 a violation, 3 unknown, vacuous or out of budget, else 0."""
    if any(v.outcome is Outcome.VIOLATED for v in verdicts):
        return EXIT_VIOLATED
    weak = (Outcome.UNKNOWN, Outcome.VACUOUS)
    if any(v.outcome in weak or not v.complete for v in verdicts):
        return EXIT_UNKNOWN
    return EXIT_OK
