"""Designs for the tests: one small file, and strategies for any valid or nearly valid design."""

from typing import Any, get_args

import pytest
from hypothesis import strategies as st

from unsay.model.design import (
    Ack,
    Confirm,
    Deduplication,
    Design,
    DesignError,
    Dispatch,
    DurableTable,
    EarlyRecall,
    Ordering,
    RepeatAnswer,
    RequestRecord,
    Resend,
    Retry,
    Superseded,
    Sync,
    parse_design,
)

SMALL = """\
title = "Small"
[nodes.singapore]
[nodes.brazil]
[[links]]
between = ["singapore", "brazil"]
[devices.alice-phone]
account = "alice"
home = "singapore"
[devices.bob-phone]
account = "bob"
home = "brazil"
"""


def small(**given: object) -> Design:
    """The small design with keys of [policies] changed."""
    lines = "".join(f"{key} = {value!r}\n" for key, value in given.items())
    return parse_design(f"{SMALL}[policies]\n{lines}")


def lines_of(text: str, **options: Any) -> list[str]:
    """The error lines for a design text, which must not load."""
    with pytest.raises(DesignError) as caught:
        parse_design(text, name="x.toml", **options)
    assert str(caught.value) == "\n".join(caught.value.lines)
    return list(caught.value.lines)


names = st.from_regex(r"[a-z][a-z0-9-]{0,23}", fullmatch=True)
line_texts = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cf", "Zl", "Zp"]),
    min_size=1,
    max_size=200,
).filter(lambda text: text.strip() != "")


@st.composite
def links(draw: st.DrawFn, nodes: list[str]) -> list[dict[str, Any]]:
    """Links that reach every node: a random tree, and a few more."""
    pairs = [(nodes[draw(st.integers(0, i - 1))], nodes[i]) for i in range(1, len(nodes))]
    seen = {frozenset(pair) for pair in pairs}
    for pair in draw(st.lists(st.tuples(*[st.sampled_from(nodes)] * 2), max_size=4)):
        if frozenset(pair) not in seen and pair[0] != pair[1]:
            seen.add(frozenset(pair))
            pairs.append(pair)
    flip = [draw(st.booleans()) for _ in pairs]
    fifo = st.fixed_dictionaries({}, optional={"fifo": st.booleans()})
    return [
        {"between": [b, a] if turned else [a, b], **draw(fifo)}
        for (a, b), turned in zip(pairs, flip, strict=True)
    ]


@st.composite
def policies(draw: st.DrawFn) -> dict[str, Any]:
    """Policies that do not contradict each other, any of them absent."""
    choices = {
        "dispatch": Dispatch,
        "early_recall": EarlyRecall,
        "deduplication": Deduplication,
        "ordering": Ordering,
        "resend": Resend,
        "retry": Retry,
        "superseded": Superseded,
        "ack": Ack,
        "confirm": Confirm,
        "sync": Sync,
    }
    optional: dict[str, st.SearchStrategy[Any]] = {
        key: st.sampled_from(get_args(words)) for key, words in choices.items()
    }
    # An early recall may be kept as a tombstone, so these two go together.
    pairs = (["tombstones", "early-recalls"], [])
    others = [t for t in get_args(DurableTable) if t not in pairs[0]]
    optional["durable"] = st.builds(
        lambda some, pair: some + pair,
        st.lists(st.sampled_from(others), unique=True),
        st.sampled_from(pairs),
    )
    chosen = draw(st.fixed_dictionaries({}, optional=optional))
    record: dict[str, Any] = {"request_record": RequestRecord, "repeat_answer": RepeatAnswer}
    for key, words in record.items():
        allowed = get_args(words)[:1] if chosen.get("deduplication") == "none" else get_args(words)
        if draw(st.booleans()):
            chosen[key] = draw(st.sampled_from(allowed))
    if chosen.get("retry") == "limited" and draw(st.booleans()):
        chosen["retry_limit"] = draw(st.integers(1, 4))
    return chosen


@st.composite
def commands(draw: st.DrawFn) -> list[str]:
    """Acts that each have something to act on."""
    acts: list[str] = []
    for _ in range(draw(st.integers(0, 5))):
        possible = ["recall", "edit"]
        possible += ["resend"] if "recall" in acts else []
        possible += ["restore"] if acts[-1:] == ["recall"] else []
        acts.append(draw(st.sampled_from(possible)))
    return acts


@st.composite
def designs(draw: st.DrawFn) -> dict[str, Any]:
    """The data of any valid design."""
    nodes = draw(st.lists(names, min_size=1, max_size=12, unique=True))
    devices = draw(st.lists(names, min_size=1, max_size=16, unique=True))
    accounts = draw(st.lists(names, min_size=1, max_size=3))
    region = st.fixed_dictionaries({}, optional={"region": line_texts.map(lambda t: t[:24])})
    owned = {
        device: {
            "account": draw(st.sampled_from(accounts)),
            "home": draw(st.sampled_from(nodes)),
        }
        for device in devices
    }
    fault = st.sampled_from(["unbounded", 0, 1, 2, 3, 4])
    faults = dict.fromkeys(("loss", "duplication", "crash", "offline"), fault)
    optional = {
        "about": line_texts,
        "sources": st.lists(line_texts, max_size=3),
        "sender": st.sampled_from([spec["account"] for spec in owned.values()]),
        "properties": st.lists(names, unique=True, max_size=3),
        "policies": policies(),
        "faults": st.fixed_dictionaries(
            {},
            optional={**faults, "reorder": st.booleans(), "reorder_pushes": st.booleans()},
        ),
        "scope": st.fixed_dictionaries(
            {}, optional={"messages": st.integers(1, 4), "commands": commands()}
        ),
    }
    return {
        "title": draw(line_texts.map(lambda text: text.strip()[:200])),
        "nodes": {node: draw(region.filter(_has_ink)) for node in nodes},
        "links": draw(links(nodes)),
        "devices": owned,
        **draw(st.fixed_dictionaries({}, optional=optional)),
    }


def _has_ink(spec: dict[str, str]) -> bool:
    return spec.get("region", "x").strip() != ""
