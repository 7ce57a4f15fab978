"""Whatever is in a file, the loader answers with a design or with clear lines, and nothing else."""

import math
import tempfile
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from unsay.model.design import DesignError, design_from_data, load_design, parse_design

from .samples import SMALL, designs, lines_of

JARGON = ("pydantic", "type=", "Input should", "http", "Traceback", "input_value", "Extra inputs")


def _check(error: DesignError) -> None:
    assert error.lines
    for line in error.lines:
        assert line.isprintable(), line
        assert not any(word in line for word in JARGON), line
        assert len(line) < 1000


def _parses_or_explains(text: str) -> None:
    try:
        parse_design(text)
    except DesignError as error:
        _check(error)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=300))
@example(b"\xff")
@example(b"\x00")
def test_any_bytes(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.toml"
        path.write_bytes(content)
        try:
            load_design(path)
        except DesignError as error:
            _check(error)


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=300))
@example("\ud800 = 1")
@example("a = '\ud800'")
@example("\r")
def test_any_text(text: str) -> None:
    _parses_or_explains(text)


TOKENS = st.sampled_from(
    [
        *("title", "nodes", "links", "devices", "policies", "faults", "scope", "between", "home"),
        *("[", "]", "[[", "]]", "{", "}", "=", ",", ".", "\n", " ", "#", '"', "'", '"""', "\\"),
        *('"a"', "'a'", "a", "nan", "-inf", "1e999", "0x1", "1979-05-27", "07:32:00", "true"),
        *('"\\u0000"', "\u202e", "é", '"\\n"', "-1", "1_0", "[nodes.a]", '[devices."a.b"]'),
    ]
)


@settings(max_examples=200, deadline=None)
@given(st.lists(TOKENS, max_size=40).map("".join), st.booleans())
def test_any_tokens(text: str, after_a_design: bool) -> None:
    _parses_or_explains(SMALL + text if after_a_design else text)


@settings(max_examples=200, deadline=None)
@given(st.integers(0, len(SMALL)), st.integers(0, 12), TOKENS)
def test_any_small_damage(start: int, length: int, token: str) -> None:
    _parses_or_explains(SMALL[:start] + token + SMALL[start + length :])


KEYS = st.one_of(
    st.sampled_from(["title", "nodes", "links", "devices", "policies", "faults", "scope"]),
    st.sampled_from(["home", "account", "between", "loss", "durable", "commands", "[key]"]),
    st.text(max_size=5),
    st.integers(0, 2),
    st.none(),
)
LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=30),
    st.binary(max_size=5),
    st.dates(),
    st.datetimes(),
    st.times(),
    st.just(math.nan),
    st.builds(object),
    st.just(object),
    st.frozensets(st.integers(0, 3)),
)
TREES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.tuples(inner, inner),
        st.dictionaries(KEYS, inner, max_size=4),
    ),
    max_leaves=12,
)


@settings(max_examples=200, deadline=None)
@given(TREES)
def test_any_data(data: Any) -> None:
    try:
        design_from_data(data)
    except DesignError as error:
        _check(error)


@settings(max_examples=200, deadline=None)
@given(designs(), st.data())
def test_any_value_anywhere_in_a_design(data: dict[str, Any], draw: st.DataObject) -> None:
    here: Any = data
    while True:
        keys = list(here) if isinstance(here, dict) else list(range(len(here)))
        key = draw.draw(st.sampled_from(keys))
        if not (isinstance(here[key], dict | list) and here[key]) or draw.draw(st.booleans()):
            break
        here = here[key]
    here[key] = draw.draw(TREES)
    try:
        design_from_data(data)
    except DesignError as error:
        _check(error)


def test_sets_are_not_arrays() -> None:
    data = {**parse_design(SMALL).resolved(), "links": frozenset(), "sources": {"a"}}
    with pytest.raises(DesignError) as caught:
        design_from_data(data, "x.toml")
    assert caught.value.lines == (
        "x.toml: sources: expected an array, each value one line of text, 1 to 200 characters,"
        " found a Python set",
        "x.toml: links: expected an array of tables, each written [[links]],"
        " found a Python frozenset",
    )


def test_deep_data() -> None:
    deep: Any = 1
    for _ in range(100_000):
        deep = {"nodes": deep}
    loop: dict[str, Any] = {}
    loop["nodes"] = loop
    for data in (deep, loop):
        with pytest.raises(DesignError) as caught:
            design_from_data(data)
        _check(caught.value)


# Apart from the strategies: Hypothesis cannot write such a number in its reports either.
@pytest.mark.parametrize("sign", [1, -1], ids=["positive", "negative"])
def test_numbers_that_python_refuses_to_write(sign: int) -> None:
    huge = sign * 10**5000
    places = ["title", "nodes", "links", "devices", "policies", "faults", "scope", "sender"]
    data: dict[str, Any] = dict.fromkeys(places, huge)
    with pytest.raises(DesignError) as caught:
        design_from_data(data)
    _check(caught.value)
    assert len(caught.value.lines) == len(places)
    data = parse_design(SMALL).resolved()
    data["faults"] = dict.fromkeys(data["faults"], huge)
    data["policies"] = dict.fromkeys(data["policies"], huge) | {"durable": [huge]}
    data["scope"] = {"messages": huge, "commands": [huge]}
    data["links"] = [{"between": [huge, huge], "fifo": huge}]
    data["nodes"]["brazil"] = {"region": huge}
    data["devices"]["bob-phone"] = {"account": huge, "home": huge}
    with pytest.raises(DesignError) as caught:
        design_from_data(data)
    _check(caught.value)
    assert len(caught.value.lines) == 9 + 27 + 2 + 3 + 1 + 2


MANY = {
    "keys": "".join(f"k{i} = 1\n" for i in range(5000)),
    "nodes and links": "".join(f"[nodes.n{i}]\n" for i in range(1500))
    + "".join(f"[[links]]\nbetween = ['m{i}', 'q']\n" for i in range(1000)),
    "linked nodes": "".join(f"[nodes.n{i}]\n" for i in range(1000))
    + "".join(f"[[links]]\nbetween = ['n{i}', 'n{i + 1}']\n" for i in range(900)),
    "acts": "[scope]\ncommands = [" + "'resend'," * 6000 + "]",
    "tables": "[policies]\ndurable = [" + "'content'," * 5000 + "]",
    "dotted keys": "".join("a." * 15 + f"b{i}." + "a." * 15 + "a = 1\n" for i in range(800)),
    "quotes": "a = " + '"' * 60_000,
    "quoted keys": '"a"' * 20_000,
    "spaces": "a" + " " * 60_000,
    "dashes": "a-" * 30_000,
}


@pytest.mark.parametrize("text", MANY.values(), ids=MANY.keys())
def test_large_files_are_answered_soon(text: str) -> None:
    assert len(text) < 64 * 1024
    started = time.perf_counter()
    assert lines_of(text)
    # Less than a second here; what must not return is time that grows with the square.
    assert time.perf_counter() - started < 20
