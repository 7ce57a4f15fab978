"""Decoded data, from TOML, JSON or a caller, brought to one form that is safe to validate."""

from collections.abc import Iterator, Mapping

from unsay.model.design.errors import Path, Problem, found, quoted

DEPTH_MAX = 8
"""Deeper than any design: what is nested deeper is of the wrong type long before."""


def plain(value: object, depth: int = 0) -> object:
    """``value`` with every mapping as a dict and every list as a tuple."""
    if depth == DEPTH_MAX:
        return value
    if isinstance(value, Mapping):
        return {key: plain(inner, depth + 1) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return tuple(plain(inner, depth + 1) for inner in value)
    return value


def text_problems(value: object, path: Path = ()) -> Iterator[Problem]:
    """Keys that are not text, and text that is not Unicode.

    TOML has neither, JSON and callers may; pydantic would garble where they are.
    """
    if len(path) == DEPTH_MAX:
        return
    if isinstance(value, str) and not is_unicode(value):
        yield Problem(path, f"expected Unicode text, found {quoted(value)}")
    elif isinstance(value, tuple):
        for position, inner in enumerate(value):
            yield from text_problems(inner, (*path, position))
    elif isinstance(value, dict):
        for key, inner in value.items():
            if isinstance(key, str) and is_unicode(key):
                yield from text_problems(inner, (*path, key))
            else:
                yield Problem(path, f"expected keys of Unicode text, found {found(key)}")


def is_unicode(text: str) -> bool:
    """Whether ``text`` is free of halves of surrogate pairs, which no encoding can write."""
    return not any("\ud800" <= char <= "\udfff" for char in text)
