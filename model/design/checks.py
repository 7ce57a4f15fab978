"""What must hold between the keys of a design.

Every check takes tables as they were written and copes with any values in them: what is
not of the right type is reported elsewhere and passed over here.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from unsay.model.design.errors import Problem, listed, quoted, suggestion

Link = tuple[int, Sequence[str]]
"""A link that names two nodes, and its position in the array of links."""

RECALLS = ("recall", "admin-recall")
"""The acts by which a message is recalled."""


def policy_problems(given: Mapping[str, Any], defaults: Mapping[str, Any]) -> Iterator[Problem]:
    """Policies that contradict each other; ``defaults`` are the values of absent keys."""
    policies = {**defaults, **given}
    if "retry_limit" in given and policies["retry"] in ("until-acked", "none"):
        yield Problem(
            ("retry_limit",),
            f'only allowed with retry = "limited", and retry is {quoted(policies["retry"])}',
        )
    if policies["deduplication"] == "none":
        for key, value in (("request_record", "expires"), ("repeat_answer", "error")):
            if policies[key] == value:
                yield Problem(
                    (key,),
                    f'"{value}" contradicts deduplication = "none": a node that keeps no record'
                    f' of requests cannot recognise a repeat; allowed: "{defaults[key]}"',
                )
    yield from repeats(policies["durable"], ("durable",))
    durable = policies["durable"]
    if (
        policies["early_recall"] == "remember"
        and isinstance(durable, list | tuple)
        and "tombstones" in durable
        and "early-recalls" not in durable
    ):
        yield Problem(
            ("durable",),
            'with early_recall = "remember" an early recall is kept as a tombstone: keep or'
            ' leave out both "tombstones" and "early-recalls"',
        )


def scope_problems(scope: Mapping[str, Any]) -> Iterator[Problem]:
    """Acts that have nothing to act on: a restore or a resend where nothing is recalled."""
    before: object = None
    recalled = False
    for position, act in enumerate(array(scope.get("commands"))):
        place = f"follows {_named(before)}" if position else "comes first"
        reason = ""
        if act == "restore" and before not in RECALLS:
            reason = f'"restore" undoes a recall and must come right after one, but {place}'
        elif act == "resend" and not recalled:
            reason = f'"resend" needs a recall before it, but {place}'
        if reason:
            possible = [*RECALLS, "edit", *(["resend"] if recalled else [])]
            yield Problem(("commands", position), f"{reason}; allowed here: {listed(possible)}")
        before, recalled = act, recalled or act in RECALLS


def design_problems(raw: Mapping[str, Any]) -> Iterator[Problem]:
    """Names that name nothing, links that join nothing new, nodes that nothing reaches."""
    nodes = raw.get("nodes")
    if isinstance(nodes, Mapping):
        links = list(_links(raw))
        wrong = [*_unknown_ends(links, nodes), *_needless_links(links)]
        yield from wrong
        # With a link missing or misread, unreached nodes would only be an echo of that.
        given = raw.get("links", [])
        if not wrong and isinstance(given, list | tuple) and len(given) == len(links):
            yield from _unreached(links, list(nodes))
            yield from _not_where_messages_start(raw, links, nodes)
        yield from _unknown_homes(raw, nodes)
    yield from _unknown_sender(raw)
    yield from repeats(raw.get("properties"), ("properties",))


def property_problems(raw: Mapping[str, Any], known: Collection[str]) -> Iterator[Problem]:
    """Names in ``properties`` that are none of the ``known`` ones."""
    for position, name in enumerate(array(raw.get("properties"))):
        if isinstance(name, str) and name not in known:
            yield Problem(("properties", position), unknown("property", name, known))


def _unknown_ends(links: list[Link], nodes: Mapping[str, Any]) -> Iterator[Problem]:
    for position, ends in links:
        for side, end in enumerate(ends):
            if end not in nodes:
                yield Problem(("links", position, "between", side), unknown("node", end, nodes))


def _needless_links(links: list[Link]) -> Iterator[Problem]:
    first_with: dict[frozenset[str], int] = {}
    for position, ends in links:
        first = first_with.setdefault(frozenset(ends), position)
        if ends[0] == ends[1]:
            text = f"joins {quoted(ends[0])} to itself; a link joins two different nodes"
        elif first != position:
            text = (
                f"{quoted(ends[0])} and {quoted(ends[1])} are already joined by links[{first}];"
                " allowed: one link between two nodes"
            )
        else:
            continue
        yield Problem(("links", position, "between"), text)


def _reached(links: list[Link], start: str) -> set[str]:
    """The nodes to which links lead from ``start``."""
    reached, waiting = {start}, [start]
    while waiting:
        node = waiting.pop()
        new = {end for _, ends in links if node in ends for end in ends} - reached
        reached |= new
        waiting += new
    return reached


def _home_of_sender(raw: Mapping[str, Any], nodes: Mapping[str, Any]) -> str | None:
    """The node from which messages are sent, if there is one."""
    devices = [spec for _, spec in tables(raw.get("devices"))]
    sender = raw.get("sender", devices[0].get("account") if devices else None)
    home = next((spec.get("home") for spec in devices if spec.get("account") == sender), None)
    return home if isinstance(home, str) and home in nodes else None


def _not_where_messages_start(
    raw: Mapping[str, Any], links: list[Link], nodes: Mapping[str, Any]
) -> Iterator[Problem]:
    """A sender's home that is a bridge or fetches messages; what lies behind nodes that fetch."""
    home = _home_of_sender(raw, nodes)
    if home is None:
        return
    if isinstance(nodes[home], Mapping) and nodes[home].get("bridge") is True:
        text = "the sender's home is where recalls start and cannot be one that sends them back"
        yield Problem(("nodes", home, "bridge"), text)
    fetching = [name for name, spec in tables(nodes) if spec.get("fetches") is True]
    if home in fetching:
        text = "the sender's home sends messages to others and cannot be one that fetches them"
        yield Problem(("nodes", home, "fetches"), text)
        return
    passing = [(i, ends) for i, ends in links if not set(ends) & set(fetching)]
    reached = _reached(passing, home)
    for node in nodes if fetching else ():
        if node not in reached and node not in fetching:
            text = f"from {quoted(home)}, only nodes that fetch lead to {quoted(node)}"
            yield Problem(("nodes", node), text, about_value=False)


def _unreached(links: list[Link], nodes: list[str]) -> Iterator[Problem]:
    reached = _reached(links, nodes[0]) if nodes else set()
    missed = [node for node in nodes if node not in reached]
    if missed:
        others = f" (and {len(missed) - 1} more)" if len(missed) > 1 else ""
        yield Problem(
            ("nodes", missed[0]),
            f"no links lead to {quoted(missed[0])}{others} from {quoted(nodes[0])}; add [[links]]"
            f" from one of: {listed(node for node in nodes if node in reached)}",
            about_value=False,
        )


def _unknown_homes(raw: Mapping[str, Any], nodes: Mapping[str, Any]) -> Iterator[Problem]:
    for device, spec in tables(raw.get("devices")):
        home = spec.get("home")
        if isinstance(home, str) and home not in nodes:
            yield Problem(("devices", device, "home"), unknown("node", home, nodes))


def _unknown_sender(raw: Mapping[str, Any]) -> Iterator[Problem]:
    sender = raw.get("sender")
    accounts = {
        spec["account"]: None
        for _, spec in tables(raw.get("devices"))
        if isinstance(spec.get("account"), str)
    }
    if isinstance(sender, str) and accounts and sender not in accounts:
        text = f"{quoted(sender)} is not the account of any device"
        choices = f"{suggestion(sender, accounts) or ';'} allowed: {listed(accounts)}"
        yield Problem(("sender",), text + choices)


def repeats(values: object, path: tuple[str, ...]) -> Iterator[Problem]:
    """Words that stand twice in an array."""
    seen: set[str] = set()
    for position, value in enumerate(array(values)):
        if isinstance(value, str) and value in seen:
            text = f"{quoted(value)} is listed twice; allowed: each name once"
            yield Problem((*path, position), text)
        elif isinstance(value, str):
            seen.add(value)


def unknown(kind: str, name: str, known: Collection[str]) -> str:
    """What is said of a ``name`` that is none of the ``known`` ones of its ``kind``."""
    choices = f"known: {listed(known)}" if known else f"no {kind} is known"
    return f"unknown {kind} {quoted(name)}{suggestion(name, known) or ';'} {choices}"


def _links(raw: Mapping[str, Any]) -> Iterator[Link]:
    for position, link in enumerate(array(raw.get("links"))):
        ends = array(link.get("between")) if isinstance(link, Mapping) else []
        if len(ends) == 2 and all(isinstance(end, str) for end in ends):
            yield position, ends


def tables(raw: object) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The named tables in ``raw``, and nothing else that may be there."""
    for name, spec in raw.items() if isinstance(raw, Mapping) else ():
        if isinstance(spec, Mapping):
            yield name, spec


def array(value: object) -> list[Any]:
    """``value`` if it is an array, and otherwise an empty one."""
    return list(value) if isinstance(value, list | tuple) else []


def _named(value: object) -> str:
    return quoted(value) if isinstance(value, str) else "something else"
