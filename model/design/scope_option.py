"""The value of ``--scope`` on the command line: ``messages=2,commands=recall+resend``."""

import re
from typing import TypedDict

from unsay.model.design.errors import DesignError, Problem, quoted
from unsay.model.design.spec import Scope
from unsay.model.design.translate import validated

OPTION = "--scope"
EXAMPLE = "messages=2,commands=recall+resend"
_WHOLE_NUMBER = re.compile(r"-?[0-9]{1,18}")


class ScopeOption(TypedDict, total=False):
    """The keys of a scope that were given; they fit ``Design.with_scope``."""

    messages: int
    commands: list[str]


def parse_scope_option(text: str) -> ScopeOption:
    """What the ``text`` after ``--scope`` asks for; keys it does not name are absent.

    ``commands=`` with nothing after it asks for no commands.

    Raises ``DesignError`` when it is not of that form or not a scope a design could have.
    """
    data: dict[str, object] = {}
    problems: list[Problem] = []
    for item in text.split(","):
        key, equals, value = (part.strip() for part in item.partition("="))
        if not equals or not key:
            words = f"expected KEY=VALUE, found {quoted(item)}; for example {EXAMPLE}"
            problems.append(Problem((), words))
        elif key in data:
            problems.append(Problem((key,), "given twice; allowed: once"))
        else:
            data[key] = _value(key, value)
    if problems:
        raise DesignError(problem.line(OPTION) for problem in problems)
    scope = validated(Scope, data, OPTION)
    option = ScopeOption()
    if "messages" in data:
        option["messages"] = scope.messages
    if "commands" in data:
        option["commands"] = list(scope.commands)
    return option


def _value(key: str, value: str) -> object:
    if key == "commands":
        return [act.strip() for act in value.split("+")] if value else []
    return int(value) if _WHOLE_NUMBER.fullmatch(value) else value
