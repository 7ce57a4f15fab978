"""The value of --scope."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unsay.model.design import DesignError, parse_design, parse_scope_option

from .samples import SMALL, commands


@pytest.mark.parametrize(
    ("text", "scope"),
    [
        ("messages=2,commands=recall+resend", {"messages": 2, "commands": ["recall", "resend"]}),
        ("messages=2", {"messages": 2}),
        (
            " commands = recall + restore , messages = 1 ",
            {"messages": 1, "commands": ["recall", "restore"]},
        ),
        ("commands=", {"commands": []}),
    ],
)
def test_good_values(text: str, scope: dict[str, object]) -> None:
    assert parse_scope_option(text) == scope


FORM = "for example messages=2,commands=recall+resend"
COUNT = "messages: expected a whole number from 1 to 4, found"


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("", [f'expected KEY=VALUE, found ""; {FORM}']),
        ("messages", [f'expected KEY=VALUE, found "messages"; {FORM}']),
        ("messages=1,", [f'expected KEY=VALUE, found ""; {FORM}']),
        ("=1", [f'expected KEY=VALUE, found "=1"; {FORM}']),
        ("messages=0", [f"{COUNT} 0"]),
        ("messages=-1", [f"{COUNT} -1"]),
        ("messages=two", [f'{COUNT} "two"']),
        ("messages=", [f'{COUNT} ""']),
        ("messages=\u0662", [f'{COUNT} "\u0662"']),
        ("messages=" + "9" * 5000, [f'{COUNT} "{"9" * 39}…" (5000 characters)']),
        ("messages=1,messages=2", ["messages: given twice; allowed: once"]),
        (
            "message=1",
            ['message: unknown key; did you mean "messages"? allowed: messages, commands'],
        ),
        (
            "a\nb=1",
            ['"a\\nb": unknown key; allowed: messages, commands'],
        ),
        (
            "messages=9,commands=recal+recall",
            [
                f"{COUNT} 9",
                'commands[0]: "recal" is not allowed; did you mean "recall"?'
                ' allowed: one of "recall", "admin-recall", "restore", "edit", "resend"',
            ],
        ),
        (
            "commands=edit+restore",
            [
                'commands[1]: "restore" undoes a recall and must come right after one,'
                ' but follows "edit"; allowed here: recall, admin-recall, edit'
            ],
        ),
    ],
)
def test_bad_values(text: str, lines: list[str]) -> None:
    with pytest.raises(DesignError) as caught:
        parse_scope_option(text)
    assert list(caught.value.lines) == [f"--scope: {line}" for line in lines]


@given(st.integers(1, 4), commands())
def test_what_passes_fits_any_design(messages: int, acts: list[str]) -> None:
    option = parse_scope_option(f"messages={messages},commands={'+'.join(acts)}")
    scope = parse_design(SMALL).with_scope(**option).scope
    assert (scope.messages, list(scope.commands)) == (messages, acts)


@given(st.text())
def test_any_text_gives_a_scope_or_lines(text: str) -> None:
    lines: tuple[str, ...] = ("",)
    try:
        parse_scope_option(text)
    except DesignError as error:
        lines = error.lines
    assert lines
    assert all(line.isprintable() for line in lines)
