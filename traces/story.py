"""The story of a run: lanes, events, what travelled, and what changed, before any picture.

Every format is drawn from a ``Story``; none looks at rules or states again.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from unsay.engines.run import Replay
from unsay.model.design import Design
from unsay.model.language import Kind, Rule
from unsay.properties import PropertyKind
from unsay.traces.blame import Culprit, culprits
from unsay.traces.changes import Change, Holding, asides, changes, holdings, offline_lanes
from unsay.traces.lanes import Lane, lanes_of
from unsay.traces.transits import Outcome, Transit, transits
from unsay.traces.words import LABEL, Showing, cargo_words, event_words


@dataclass(frozen=True)
class Event:
    """One step of the run, as a picture tells it."""

    number: int
    """From 1, as in error messages."""
    rule: Rule
    arguments: tuple[str, ...]
    lane: Lane
    words: str
    changes: tuple[Change, ...]
    breaks: bool
    """Whether the property fails right after it."""
    again: bool = False
    """Whether it happens again and again, for ever."""

    @property
    def kind(self) -> Kind:
        """Who made it happen: a user, the system, or a fault."""
        return self.rule.kind

    @property
    def call(self) -> str:
        """The step as the machine knows it: ``deliver(m1.send, singapore, china)``."""
        return f"{self.rule.name}({', '.join(self.arguments)})"


@dataclass(frozen=True)
class Story:
    """A run, told.

    ``holdings``, ``offline`` and ``asides`` (what a lane shows beside what it holds, in words) have
    one member per state: index 0 is before the first event, index ``i`` is after event ``i``.
    """

    replay: Replay
    lanes: tuple[Lane, ...]
    events: tuple[Event, ...]
    transits: tuple[Transit, ...]
    holdings: tuple[tuple[Holding, ...], ...]
    offline: tuple[frozenset[Lane], ...]
    culprits: tuple[Culprit, ...]
    asides: tuple[tuple[tuple[Lane, str], ...], ...]

    @property
    def design_title(self) -> str:
        """The design's title, or the machine's name where there is no design."""
        design = self.replay.machine.design
        return design.title if isinstance(design, Design) else self.replay.machine.name

    @property
    def property_name(self) -> str:
        """The property's name, or nothing for a mere run."""
        return self.replay.property.name if self.replay.property else ""

    @property
    def headline(self) -> str:
        """What the picture is about: the property's sentence, or that it is just a run.

        A state that may not be reachable is no run, and says so before anything else.
        """
        if self.replay.supposed:
            return LABEL
        return self.replay.property.sentence if self.replay.property else self.design_title

    @property
    def for_ever(self) -> str:
        """How a run that never ends goes on: ``steps 7 to 9 again and again``; else nothing."""
        if self.replay.loop is None:
            return ""
        first, last = self.replay.loop + 1, len(self.events)
        if first > last:
            return "nothing happens any more"
        steps = f"step {first}" if first == last else f"steps {first} to {last}"
        return f"{steps} again and again"

    @property
    def verdict(self) -> str:
        """``broken at step 4 of 4``, ``not broken after 4 steps``, ``a run of 4 steps``.

        Of a run that never ends: ``broken: steps 7 to 9 again and again``.
        """
        count = len(self.events)
        steps = f"{count} step" if count == 1 else f"{count} steps"
        if self.for_ever:
            claim, broken = self.replay.property, self.replay.broken
            return f"{'broken' if broken else 'not broken' if claim else 'a run'}: {self.for_ever}"
        if self.replay.supposed and self.replay.broken:
            return "one step breaks the claim" if count else "this state breaks the claim"
        if self.replay.broken:
            return f"broken at step {count} of {count}" if count else "broken before the first step"
        return f"not broken after {steps}" if self.replay.property else f"a run of {steps}"

    @property
    def blame(self) -> str:
        """``node china, command m1.recall``: at whom the property fails; may be empty."""
        return ", ".join(f"{c.sort.name.lower()} {c.name}" for c in self.culprits)

    def blamed(self, lane: Lane) -> bool:
        """Whether the property fails at this lane.

        A step property fails in its last step, so only where that happens, whoever else is named.
        """
        if any(event.breaks and event.lane != lane for event in self.events) and self._about_step:
            return False
        return any((c.sort, c.position) == (lane.sort, lane.position) for c in self.culprits)

    @property
    def _about_step(self) -> bool:
        claim = self.replay.property
        return claim is not None and claim.kind is PropertyKind.STEP

    def held(self, lane: Lane, state: int) -> list[Holding]:
        """What ``lane`` holds after event ``state`` (0: at the start), message by message.

        Messages that nobody ever held anything of are left out, unless there are no others.
        """
        mine = [h for h in self.holdings[state] if h.lane == lane]
        return [h for h in mine if h.subject in self.subjects] or mine

    @cached_property
    def subjects(self) -> tuple[str, ...]:
        """The messages that some lane held something of at some time."""
        found = (h for state in self.holdings for h in state if h.showing is not Showing.NOTHING)
        return tuple(sorted({h.subject for h in found}))


def tell(replay: Replay) -> Story:
    """The story of ``replay``."""
    lanes = lanes_of(replay.machine)
    at = {(lane.sort.name, lane.position): lane for lane in lanes}
    events = []
    for i, step in enumerate(replay.steps):
        rule = replay.rule(i)
        where = next(j for j, p in enumerate(rule.parameters) if p.name == rule.at)
        lane = at[rule.parameters[where].of.name, replay.arguments(i)[where]]
        breaks = replay.broken and replay.loop is None and i == len(replay.steps) - 1
        again = replay.loop is not None and i >= replay.loop
        words = event_words(rule, step.arguments)
        changed = changes(replay, i, lane, at)
        events.append(Event(i + 1, rule, step.arguments, lane, words, changed, breaks, again))
    return Story(
        replay,
        lanes,
        tuple(events),
        transits(replay, at),
        tuple(holdings(replay.machine, state, at) for state in replay.states),
        tuple(offline_lanes(replay.machine, state, at) for state in replay.states),
        culprits(replay),
        tuple(asides(replay.machine, state, at) for state in replay.states),
    )


def transit_words(transit: Transit) -> str:
    """What stands on an arrow: ``m1.send``, ``ack of m1.send``, ``m1.recall lost``."""
    words = cargo_words(transit.flow.name, transit.carries)
    if transit.copy > 1:
        words += " again"
    match transit.outcome:
        case Outcome.LOST:
            return f"{words} lost"
        case Outcome.DUPLICATED:
            return f"{words} x2"
        case Outcome.IN_FLIGHT:
            return f"{words} in flight"
    return words


def carries_content(story: Story, transit: Transit) -> bool | None:
    """Whether what travels makes content visible; ``None`` if the machine does not say."""
    rigid = {s.name: t for s, t in story.replay.machine.structure.rigid.items()}
    if not {"content", "target", "version"} <= rigid.keys():
        return None
    command = (transit.command,)
    if command not in rigid["target"] or command not in rigid["version"]:
        return None
    place = (rigid["target"][command], rigid["version"][command])
    return bool(rigid["content"].get(place, 0))
