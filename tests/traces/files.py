"""Trace files as data, and how they are refused, for the tests."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from tests.traces.samples import example
from unsay.traces import TraceError, load_trace
from unsay.traces.itf import as_itf

Data = dict[str, Any]
SLOW = settings(
    max_examples=10,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)


def data_of(name: str) -> Data:
    """A fresh copy of the ITF data of an example."""
    data: Data = json.loads(as_itf(example(name)))
    return data


def refusal(path: Path, content: str | bytes | Data, **options: Any) -> str:
    """The one line with which ``content`` is refused, without the path that it starts with."""
    if isinstance(content, dict):
        content = json.dumps(content)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    with pytest.raises(TraceError) as caught:
        load_trace(path, **options)
    line = str(caught.value)
    assert line.startswith(f"{path}: ")
    assert line.isprintable()
    return line.removeprefix(f"{path}: ")
