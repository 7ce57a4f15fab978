"""A replayed run in, formats and pictures out.

Reading order: ``story`` (a run, told: what every format is made from), ``lanes``, ``transits``,
``changes`` and ``blame`` (its parts), ``words`` (what things are called); ``compared`` (ways on
from a state), ``facts`` and ``supposition`` (states that may not be reachable); then one file for
each format, and ``storing`` for trace files.
"""

from unsay.traces.errors import TraceError
from unsay.traces.graph import event_graph
from unsay.traces.rendering import FORMATS, Format, render, write
from unsay.traces.storing import load_trace, save_trace
from unsay.traces.text import as_text

__all__ = [
    "FORMATS",
    "Format",
    "TraceError",
    "as_text",
    "event_graph",
    "load_trace",
    "render",
    "save_trace",
    "write",
]
