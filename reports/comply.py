"""Rules of markets against a design, on a terminal: conflicts, strategies, and the runs."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from unsay.engines.check import Options
from unsay.engines.compliance.comply import (
    Answer,
    Findings,
    Named,
    Span,
    findings,
    findings_elsewhere,
    market_findings,
    own_strategy,
)
from unsay.engines.compliance.conflicts import CONFLICTS_MAX
from unsay.engines.compliance.copies import Copy, Demanded
from unsay.engines.compliance.meaning import FOREVER, STRATEGIES
from unsay.engines.verdict import EXIT_OK, EXIT_VIOLATED
from unsay.model.design import NO_MARKET, Design
from unsay.reports import checking
from unsay.reports.usage import Fail
from unsay.reports.words import count, demand_in_words

DISCLAIMER = "Rules and figures are the design's own, to be checked by a lawyer: not legal advice."


@dataclass(frozen=True)
class Wishes:
    """What a person asks of a look at the rules.

    Attributes:
        own_paths: Only about copies of the design itself, not about all that its markets allow.
        as_json: Print data instead of text; runs are not checked then.
        runs: Check the runs, too.
    """

    own_paths: bool = False
    as_json: bool = False
    runs: bool = True


def comply(console: Console, path: Path, design: Design, options: Options, wishes: Wishes) -> int:
    """Say whether ``design`` keeps the rules of its markets, and give the exit code.

    Args:
        console: Where to print.
        path: The file of the design.
        design: The design.
        options: How to check its runs, where all rules are kept.
        wishes: What else is asked for.

    Raises:
        Fail: the design has no markets, or none of its copies is under any rule.
    """
    if not design.markets:
        raise Fail(f"{path}: no [markets.NAME] in it; see: unsay list markets, unsay markets NAME")
    found = findings(design)
    if not found:
        raise Fail(
            f"{path}: no copy of a message is under any rule; say who is in which market with"
            " [accounts.NAME] and market, or market in [nodes.NAME]"
        )
    elsewhere = [] if wishes.own_paths else findings_elsewhere(design)
    kept = all(f.own.kept for f in (*found, *elsewhere))
    if wishes.as_json:
        click.echo(json.dumps(_as_data(design, found, elsewhere), indent=2))
        return EXIT_OK if kept else EXIT_VIOLATED
    for part in _text(design, found, elsewhere):
        console.print(part)
    if not kept:
        return EXIT_VIOLATED
    names = runs_about(found)
    if not wishes.runs or not names:
        return EXIT_OK
    console.print(Text("\nIn its runs, which have no days but an end of all that is under way:"))
    return checking.check(console, [(path, design)], checking.Wishes(options, names))


def runs_about(found: Iterable[Findings]) -> list[str]:
    """The properties of runs that some rule rests on, by name."""
    rules = [d.rule for f in found for d in f.group.rules]
    demands = {rule.demand for rule in rules}
    kept = any(r.demand == "retain-at-least" and r.what != "content" for r in rules)
    erased = {"erase-within", "retain-at-most"} & demands
    names = ["erased", "comes-to-rest"] if erased else []
    has_rows = all(f.design.policies.audit == "row" for f in found)
    recorded = (kept and has_rows) or "record-readable-by" in demands
    return [*names, *(["audited"] if recorded else [])]


def _text(
    design: Design, found: Sequence[Findings], elsewhere: Sequence[Findings]
) -> Iterator[Text | Table | Padding]:
    rules = sum(len(m.rules) for m in design.markets.values())
    yield Text(design.title, style="bold")
    yield Text(
        f"{count(len(design.markets), 'market')}, {count(rules, 'rule')};"
        f" storage: {own_strategy(design)}"
    )
    yield Text(DISCLAIMER, style="dim")
    for finding in found:
        yield Text()
        yield from _about(finding)
    if elsewhere:
        yield from _about_elsewhere(elsewhere)
    yield Text()
    yield _strategies(design, [*found, *elsewhere])


def _about(finding: Findings) -> Iterator[Text | Padding]:
    word = Text("KEPT", "bold green") if finding.own.kept else Text("IN CONFLICT", "bold red")
    places = list(dict.fromkeys(_where(c) for c in finding.group.copies))
    for place in places[:_PLACES_MAX]:
        yield Text.assemble(word, "  ", place)
    if len(places) > _PLACES_MAX:
        yield Padding(Text(f"and {len(places) - _PLACES_MAX} more"), _IN)
    if finding.own.kept:
        names = ", ".join(str(d) for d in finding.group.rules)
        yield Padding(Text(f"{names}: {_spans(finding.own)}"), _IN)
        return
    for conflict in finding.own.conflicts:
        yield Padding(Text("cannot hold together:" if len(conflict) > 1 else "cannot hold:"), _IN)
        for named in _in_turn(conflict, finding):
            yield Padding(Text(_sentence(named)), (0, 0, 0, 4))
    if len(finding.own.conflicts) == CONFLICTS_MAX:
        yield Padding(Text(f"and maybe more than these {CONFLICTS_MAX}"), _IN)
    yield Padding(Text(_way_out(finding)), _IN)


def _about_elsewhere(elsewhere: Sequence[Findings]) -> Iterator[Text | Padding]:
    """Each minimal set in conflict once, with where it would come up."""
    places: dict[frozenset[Named], list[Findings]] = {}
    for finding in elsewhere:
        for conflict in finding.own.conflicts:
            places.setdefault(conflict, []).append(finding)
    kept = sum(len(f.group.copies) for f in elsewhere if f.own.kept)
    every = sum(len(f.group.copies) for f in elsewhere)
    yield Text()
    yield Text(
        "Elsewhere, if there were a sender, a receiver and a node in any of these markets: rules"
        f" can be kept in {kept} of {count(every, 'combination')}."
    )
    for conflict, found in places.items():
        yield Text()
        where = list(dict.fromkeys(_where(c) for f in found for c in f.group.copies))
        more = f"; and {len(where) - 1} more" if len(where) > 1 else ""
        yield Text.assemble(("IN CONFLICT", "bold red"), "  ", where[0], more)
        for named in _in_turn(conflict, found[0]):
            yield Padding(Text(_sentence(named)), (0, 0, 0, 4))


_IN = (0, 0, 0, 2)
_PLACES_MAX = 6


def _in_turn(conflict: frozenset[Named], finding: Findings) -> list[Named]:
    rules = [d for d in finding.group.rules if d in conflict]
    return [*rules, *sorted((n for n in conflict if not isinstance(n, Demanded)), key=str)]


def _sentence(named: Named) -> str:
    if not isinstance(named, Demanded):
        return f"{named} (this design)"
    return f"{named}: {demand_in_words(named.rule)} [{named.rule.source}]"


def _way_out(finding: Findings) -> str:
    if not finding.rules_alone.kept:
        return "No storage strategy keeps all rules: they contradict each other."
    ways = [f"{s} ({_spans(a)})" for s, a in finding.others.items() if a.kept]
    if not ways:
        return (
            "The rules do not contradict each other, and yet no strategy keeps all of them with"
            " days that are counted from the recall, whatever the age of the message."
        )
    return f"All rules are kept by: {'; '.join(ways)}."


def _spans(answer: Answer) -> str:
    words = {"content": "content gone", "record": "record kept"}
    return ", ".join(f"{word} {_span(answer.spans[name], name)}" for name, word in words.items())


def _span(span: Span, name: str) -> str:
    if span.low >= FOREVER:
        return "never" if name == "content" else "for ever"
    if span.high == span.low:
        return f"on day {span.low}" if name == "content" else f"until day {span.low}"
    if name == "content":
        return f"from day {span.low} on" if span.high is None else f"by day {span.high}"
    if span.high is None:
        return f"{count(span.low, 'day')} or more"
    return f"{span.low} to {count(span.high, 'day')}"


def _where(copy: Copy) -> str:
    sender, receiver, node = copy.markets
    if not copy.path:
        return f"someone in {sender} to someone in {receiver}, copy in {node}"
    people = f"{_placed(copy.sender, sender)} to {_placed(copy.receiver, receiver)}"
    way = f" by {' -> '.join(copy.path)}" if len(copy.path) > 1 else ""
    return f"{people}, copy at {_placed(copy.node, node)}{way}"


def _placed(name: str, market: str) -> str:
    return name if market == NO_MARKET else f"{name} ({market})"


def _strategies(design: Design, found: Sequence[Findings]) -> Table:
    """Which strategy can keep the rules of each market, and of all that meet in a copy."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("can be kept, with", overflow="fold")
    own = own_strategy(design)
    for s in STRATEGIES:
        mark = "*" if s == own else ""
        audit = "row" if s.audit == "row" else "no row"
        table.add_column(f"{s.storage}{mark}\n{audit}", no_wrap=True)
    for name, answers in market_findings(design).items():
        table.add_row(f"{name} alone", *(_yes(answers[s].kept) for s in STRATEGIES))
    together = [f.others for f in found]
    every = [all(o[s].kept for o in together) for s in STRATEGIES]
    table.add_row("every combination", *(_yes(e) for e in every))
    table.caption = f"* this design ({own}); row: an audit row"
    table.caption_justify = "left"
    return table


def _yes(kept: bool) -> Text:
    return Text("yes", "green") if kept else Text("no", "red")


def _as_data(
    design: Design, found: Sequence[Findings], elsewhere: Sequence[Findings]
) -> dict[str, Any]:
    return {
        "title": design.title,
        "disclaimer": DISCLAIMER,
        "strategy": str(own_strategy(design)),
        "kept": all(f.own.kept for f in (*found, *elsewhere)),
        "copies": [_finding_as_data(f) for f in found],
        "elsewhere": [_finding_as_data(f) for f in elsewhere],
        "markets": {
            name: {str(s): a.kept for s, a in answers.items()}
            for name, answers in market_findings(design).items()
        },
    }


def _finding_as_data(finding: Findings) -> dict[str, Any]:
    return {
        "copies": [
            {
                "sender": c.sender,
                "receiver": c.receiver,
                "path": list(c.path),
                "kind": c.kind,
                "markets": dict(zip(("sender", "receiver", "node"), c.markets, strict=True)),
            }
            for c in finding.group.copies
        ],
        "rules": {str(d): demand_in_words(d.rule) for d in finding.group.rules},
        "rules_agree": finding.rules_alone.kept,
        "kept": finding.own.kept,
        "conflicts": [[str(n) for n in _in_turn(c, finding)] for c in finding.own.conflicts],
        "days": {k: [s.low, s.high] for k, s in finding.own.spans.items()},
        "strategies": {str(s): a.kept for s, a in finding.others.items()},
    }
