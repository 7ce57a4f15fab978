"""Validation with one clear line per mistake, in the order of the file."""

from collections.abc import Iterable
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from unsay.model.design.describe import Shape, child, child_at, expected, key_shape, values
from unsay.model.design.errors import (
    DesignError,
    Path,
    Problem,
    found,
    listed,
    nearest,
    quoted,
    suggestion,
)
from unsay.model.design.plain import plain, text_problems
from unsay.model.design.section import CONTRADICTION, Section

AnySection = TypeVar("AnySection", bound=Section)


def validated(
    model: type[AnySection], data: object, name: str, extra: Iterable[Problem] = ()
) -> AnySection:
    """``data`` as a ``model``.

    ``name`` starts every error line; ``extra`` are problems already found, to be reported
    in their place among the others.

    Raises ``DesignError`` with a line for every mistake.
    """
    data = plain(data)
    if not isinstance(data, dict):
        raise DesignError([Problem((), f"expected a table, found {found(data)}").line(name)])
    problems = list(text_problems(data))
    if not problems:
        section, single = _attempt(model, data)
        problems = _merged(single, [*model.problems(data), *extra])
        if section is not None and not problems:
            return section
        assert problems, "refused without a reason"
    order = _FileOrder(data)
    problems.sort(key=lambda problem: order.rank(problem.path))
    raise DesignError(problem.line(name) for problem in problems)


def _attempt(
    model: type[AnySection], data: dict[str, Any]
) -> tuple[AnySection | None, list[Problem]]:
    try:
        return model.model_validate(data), []
    except ValidationError as error:
        # Without the inputs: pydantic fails on numbers that Python refuses to write out.
        details = error.errors(include_url=False, include_input=False, include_context=False)
    return None, _single_key_problems(Shape(model), data, details)


def _single_key_problems(
    root: Shape, data: dict[str, Any], details: list[ErrorDetails]
) -> list[Problem]:
    problems: dict[Path, Problem] = {}
    missing: list[Path] = []
    renamed: set[Path] = set()
    for detail in details:
        kind, path = detail["type"], detail["loc"]
        # Pydantic counts the good entries only: bad ones make an array "too short" as well.
        echo = kind == "too_short" and any(
            d["loc"][: len(path)] == path != d["loc"] for d in details
        )
        if kind == CONTRADICTION or echo:
            continue
        if kind == "missing" and isinstance(path[-1], str):
            missing.append(path)
            continue
        if kind == "extra_forbidden":
            problem = _unknown_key(root, path)
            meant = nearest(str(path[-1]), _keys(root, path[:-1]))
            renamed.add((*path[:-1], meant or ""))
        else:
            problem = _bad_name(root, path) or _bad_value(root, data, path)
        problems.setdefault(problem.path, problem)
    # A misspelt key is reported once, not as unknown and then again as missing.
    problems |= {path: _missing(root, path) for path in missing if path not in renamed}
    return list(problems.values())


def _unknown_key(root: Shape, path: Path) -> Problem:
    keys = _keys(root, path[:-1])
    meant = suggestion(str(path[-1]), keys) or ";"
    return Problem(path, f"unknown key{meant} allowed: {listed(keys)}")


def _keys(root: Shape, path: Path) -> list[str]:
    table = child_at(root, path)
    if table is None or not isinstance(table.kind, type) or not issubclass(table.kind, BaseModel):
        return []
    return list(table.kind.model_fields)


def _missing(root: Shape, path: Path) -> Problem:
    shape = child_at(root, path)
    return Problem(path, f"missing; expected {expected(shape) if shape else 'a value'}")


def _bad_name(root: Shape, location: Path) -> Problem | None:
    # Pydantic marks errors in a key by one more step; an entry may have that very name.
    names = key_shape(child_at(root, location[:-2]))
    if location[-1:] != ("[key]",) or names is None:
        return None
    text = f"{quoted(str(location[-2]))} cannot be used as a name; expected {expected(names)}"
    return Problem(location[:-1], text)


def _bad_value(root: Shape, data: dict[str, Any], location: Path) -> Problem:
    shape = root
    value: Any = data
    path: Path = ()
    for part in location:
        # Pydantic adds steps of its own (the members of a union), and steps to entries
        # that an array lacks: the place to name is the last one that is really there.
        inner, below = child(shape, part), _step(value, part)
        if inner is None or below is _ABSENT:
            break
        shape, value, path = inner, below, (*path, part)
    if values(shape) and isinstance(value, str):
        meant = suggestion(value, values(shape)) or ";"
        return Problem(path, f"{quoted(value)} is not allowed{meant} allowed: {expected(shape)}")
    return Problem(path, f"expected {expected(shape)}, found {found(value)}")


_ABSENT = object()


def _step(value: Any, part: str | int) -> Any:
    try:
        return value[part]
    except (KeyError, IndexError, TypeError):
        return _ABSENT


def _merged(single: list[Problem], crossing: list[Problem]) -> list[Problem]:
    # Where both speak about a key, the check that knows its surroundings says more.
    taken = {problem.path for problem in crossing if problem.about_value}
    return [*(problem for problem in single if problem.path not in taken), *crossing]


class _FileOrder:
    """Ranks paths by where they stand in the file; absent keys come last in their table."""

    def __init__(self, data: dict[str, Any]) -> None:
        self._data = data
        self._places: dict[int, dict[str, int]] = {}

    def rank(self, path: Path) -> tuple[int, ...]:
        value: Any = self._data
        ranks: list[int] = []
        for part in path:
            ranks.append(self._place(value, part))
            value = _step(value, part)
        return tuple(ranks)

    def _place(self, value: Any, part: str | int) -> int:
        if not isinstance(value, dict) or isinstance(part, int):
            return part if isinstance(part, int) else 0
        if id(value) not in self._places:
            self._places[id(value)] = {key: place for place, key in enumerate(value)}
        return self._places[id(value)].get(part, len(value))
