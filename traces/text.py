"""The run as plain text for a terminal: numbered steps in words, and what each one changed."""

from __future__ import annotations

import textwrap
import unicodedata
from collections.abc import Iterator, Sequence

from unsay.engines.run import Replay
from unsay.model.design.errors import printable
from unsay.model.language.terms import symbols
from unsay.traces.changes import cells_changed, lane_states
from unsay.traces.compared import compared
from unsay.traces.facts import Fact
from unsay.traces.itf import place_words
from unsay.traces.story import Event, Story, tell, transit_words
from unsay.traces.supposition import (
    BROKEN_LABELS,
    Supposition,
    broken_words,
    caption,
    difference_words,
    supposed,
)
from unsay.traces.transits import Outcome, Transit
from unsay.traces.words import NOTES

WIDTH_MIN = 40


def as_text(replay: Replay, width: int = 80, tables: bool = True) -> str:
    """The run in words, no line longer than ``width`` (at least 40) columns.

    ``tables`` adds to each step how the tables change that the words do not speak of.

    A name that is itself longer than a line is broken. A mark before the step number says who
    made it happen: a user (``*``), the system (none), a fault (``!``).
    """
    story = tell(replay)
    width = max(width, WIDTH_MIN)
    lines = [*_wrapped(story.headline, width), ""]
    if replay.supposed and replay.property is not None:
        lines += [*_wrapped(caption(replay), width), ""]
        lines += _wrapped(f"The claim: {replay.property.sentence}", width, hanging="  ")
    facts = [f"Design: {story.design_title}"]
    if story.property_name:
        facts.append(f"Property: {story.property_name}, {story.verdict}")
    else:
        facts.append(story.verdict[:1].upper() + story.verdict[1:])
    if story.blame:
        facts.append(f"Broken for: {story.blame}")
    if replay.supposed:
        pairs = zip(BROKEN_LABELS, broken_words(replay), strict=False)
        facts += [f"{label}: {said}" for label, said in pairs]
    for fact in facts:
        lines += _wrapped(fact, width, hanging="  ")
    lines.append("")
    lane_width = min(max((_columns(lane.name) for lane in story.lanes), default=0), width // 3)
    spelt = supposed(replay)
    if spelt is not None:
        if replay.steps:
            lines += [*_state(story, 0, "Before the step", spelt.before, width, lane_width)]
        lines += [*_network(spelt, width), ""]
    for event in story.events:
        if event.number - 1 == replay.loop:
            lines += ["", "From here on, again and again:"]
        lines += _event(story, event, width, lane_width, tables and spelt is None)
    lines += _for_ever(story)
    lines += [*_state(story, -1, _when(story), spelt.after if spelt else (), width, lane_width)]
    lines += _ways(story, width, lane_width)
    if spelt is not None:
        lines += [*_meanings(spelt, width)]
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _event(story: Story, event: Event, width: int, lane_width: int, tables: bool) -> Iterator[str]:
    mark = {"act": "*", "fault": "!"}.get(event.kind.value, " ")
    head = f"{mark}{event.number:>3}  {_padded(event.lane.name, lane_width)}  "
    indent = " " * _columns(head)
    yield from _wrapped(event.words, width, head, indent)
    details = [*_details(story, event), *(_tables(story, event) if tables else ())]
    for line in details:
        yield from _wrapped(line, width, f"{indent}- ", f"{indent}  ")
    if event.breaks:
        yield from _wrapped(
            f"<<< BREAKS HERE: {story.blame or story.property_name}", width, indent, indent
        )


def _details(story: Story, event: Event) -> Iterator[str]:
    """Arrivals, changes, departures."""
    for transit in story.transits:
        if transit.arrived == event.number:
            yield _arrival(transit)
    for change in event.changes:
        where = "" if change.lane == event.lane else f"{change.lane.name}: "
        yield f"{where}{change.words}"
    leaving: dict[str, list[str]] = {}
    for transit in story.transits:
        if transit.departed == event.number and transit.copy == 1:
            words = transit_words(transit) if transit.outcome is Outcome.RECEIVED else ""
            words = words or _cargo(transit)
            targets = leaving.setdefault(words, [])
            if transit.target.name not in targets:
                targets.append(transit.target.name)
    for cargo, targets in leaving.items():
        yield f"{cargo} leaves for {', '.join(targets)}"


def _tables(story: Story, event: Event) -> Iterator[str]:
    """The tables that change and that nothing else speaks of."""
    others = _other_cells(story, event)
    if others:
        yield f"also: {', '.join(others)}"


def _arrival(transit: Transit) -> str:
    """Where what came had been sent, or what has been lost."""
    when = f"at step {transit.departed}" if transit.departed else "before"
    sent = f"sent by {transit.source.name} {when}"
    if transit.outcome is Outcome.LOST:
        return f"lost: {_cargo(transit)} to {transit.target.name}, {sent}"
    return f"{_cargo(transit)} was {sent}"


def _cargo(transit: Transit) -> str:
    words = transit_words(transit)
    return words.removesuffix(" lost").removesuffix(" in flight").removesuffix(" x2")


def _other_cells(story: Story, event: Event) -> list[str]:
    """Changed cells of state tables that are no flow and no view, as the machine writes them."""
    machine = story.replay.machine
    told = {f.symbol for f in machine.flows} | set(lane_states(machine))
    told |= {s for view in machine.views for s in symbols(view.value)}
    found = []
    for symbol, place, value in cells_changed(story.replay, event.number - 1):
        if symbol.role != "state" or symbol in told or (symbol.name, value) in NOTES:
            continue
        cell = place_words(machine.structure, symbol, place)
        found.append({"true": f"+{cell}", "false": f"-{cell}"}.get(value, f"{cell} = {value}"))
    return found


def _for_ever(story: Story) -> Iterator[str]:
    """How a run that never ends goes on."""
    again = [event.number for event in story.events if event.again]
    if again:
        yield f"And so on for ever, from step {again[0]}."
    elif story.for_ever:
        yield from ("", "Nothing happens any more.")


def _when(story: Story) -> str:
    if story.replay.supposed:
        return "After the step" if story.replay.steps else "In this state"
    if not story.for_ever:
        return "At the end"
    return "After each round" if any(event.again for event in story.events) else "For ever"


def _state(
    story: Story, index: int, title: str, facts: Sequence[Fact], width: int, lane_width: int
) -> Iterator[str]:
    """What each lane holds in one state, the first or the last, and what is in flight."""
    if index:
        yield ""
    yield title
    for lane in story.lanes:
        held = [h.words for h in story.held(lane, index)]
        held += ["offline"] if lane in story.offline[index] else []
        held += [words for at, words in story.asides[index] if at == lane]
        held += [f.words for f in facts if f.lane == lane]
        mark = ">" if index and story.blamed(lane) else " "
        head = f"  {mark}   {_padded(lane.name, lane_width)}  "
        apart = "; " if facts else ", "
        yield from _wrapped(apart.join(held) or "-", width, head, " " * _columns(head))
    first = [t for t in story.transits if not t.departed and t.copy == 1]
    flying = [t for t in story.transits if t.outcome is Outcome.IN_FLIGHT] if index else first
    if flying:
        ways = [f"{_cargo(t)} ({t.source.name} to {t.target.name})" for t in flying]
        still = "still in flight" if index else "in flight"
        yield from _wrapped(f"{still}: {', '.join(ways)}", width, "      ", "      ")
    for fact in facts:
        if fact.lane is None:
            yield from _wrapped(fact.words, width, "      ", "      ")


def _network(spelt: Supposition, width: int) -> Iterator[str]:
    """What the network is like, as far as it matters."""
    for words in spelt.network:
        yield from _wrapped(words, width, "      ", "      ")


def _ways(story: Story, width: int, lane_width: int) -> Iterator[str]:
    """What would have come otherwise, for a claim that compares ways, and where they part."""
    ways = compared(story.replay)
    if ways is None:
        return
    for way in ways.ways:
        if not way.run.steps:
            continue
        yield ""
        where = "Instead, from the state before the last step" if way.instead else "Then, suppose"
        yield from _wrapped(f"{where}: {way.says}", width)
        own = tell(way.run)
        for event in own.events:
            yield from _event(own, event, width, lane_width, False)
        yield from _state(own, -1, "After that", (), width, lane_width)
    yield ""
    for words in difference_words(story.replay, ways):
        yield from _wrapped(f"What differs: {words}.", width, hanging="  ")


def _meanings(spelt: Supposition, width: int) -> Iterator[str]:
    """What the words for tables mean."""
    yield ""
    yield "Words"
    for name, says in spelt.means.items():
        yield from _wrapped(f"{name}: {says}", width, "  ", "    ")


def _wrapped(text: str, width: int, head: str = "", hanging: str = "") -> list[str]:
    """``text`` in lines of at most ``width`` columns. Wide characters take two columns."""
    clean = printable(text)
    if len(clean) == _columns(clean):
        return textwrap.wrap(
            clean, width, initial_indent=head, subsequent_indent=hanging, break_on_hyphens=False
        )
    lines, line = [], head
    for word in clean.split(" "):
        for piece in _pieces(word, width - max(_columns(head), _columns(hanging)) - 1):
            if _columns(line) + _columns(piece) > width and line.strip():
                lines.append(line.rstrip())
                line = hanging
            line += piece
        line += " "
    return [*lines, line.rstrip()]


def _pieces(word: str, room: int) -> list[str]:
    """``word`` in pieces that each fit in ``room`` columns."""
    pieces = [""]
    for char in word:
        if _columns(pieces[-1]) + _columns(char) > room:
            pieces.append("")
        pieces[-1] += char
    return pieces


def _columns(text: str) -> int:
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1
        for c in text
    )


def _padded(name: str, width: int) -> str:
    """``name`` in exactly ``width`` columns, shortened with an ellipsis if it is longer."""
    if _columns(name) > width:
        name = f"{name[: width - 1]}…"
    return name + " " * (width - _columns(name))
