"""Shared fixtures and options of the test suite."""

from __future__ import annotations

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--rewrite", action="store_true", help="Rewrite golden files from what is seen now."
    )
    parser.addoption("--mutants", action="store_true", help="Run the mutation tests as well.")


@pytest.fixture
def rewrite(request: pytest.FixtureRequest) -> bool:
    return bool(request.config.getoption("--rewrite"))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """The mutation run takes many minutes: it is asked for with ``--mutants``."""
    if config.getoption("--mutants"):
        return
    for item in items:
        if item.path.name == "test_mutants.py":
            item.add_marker(pytest.mark.skip(reason="takes many minutes; ask with --mutants"))
