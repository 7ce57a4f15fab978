"""In which order the cells that an action writes are written, one after the other.

Updates are simultaneous: every right-hand side reads the state before the step. A reading that
writes cell by cell writes each before any cell that its conditions read.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import networkx

from unsay.model.readings.formulas import Formula, cells_of


def in_order(
    assignments: Mapping[int, Sequence[tuple[Formula, int]]],
) -> Iterable[Sequence[int]]:
    """The written cells in groups, each before any cell that its conditions read.

    What is written whatever the state reads nothing, so it comes last, all at once. The cells of
    any other group read each other in a circle, so they are to be written together.
    """
    fixed = {c for c, options in assignments.items() if options[0][0] is True}
    graph: networkx.DiGraph[int] = networkx.DiGraph()
    graph.add_nodes_from(c for c in assignments if c not in fixed)
    for cell in list(graph):
        for condition, _ in assignments[cell]:
            graph.add_edges_from((cell, c) for c in cells_of(condition) if c in graph and c != cell)
    circles = networkx.condensation(graph)
    for number in networkx.lexicographical_topological_sort(circles):
        yield sorted(circles.nodes[number]["members"])
    if fixed:
        yield sorted(fixed)
