"""Shared fixtures and options of the test suite."""

from __future__ import annotations

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--rewrite", action="store_true", help="Rewrite golden files from what is seen now."
    )
    parser.addoption(
        "--thorough", action="store_true", help="Also run what costs minutes and finds little more."
    )


@pytest.fixture
def rewrite(request: pytest.FixtureRequest) -> bool:
    return bool(request.config.getoption("--rewrite"))


@pytest.fixture
def thorough(request: pytest.FixtureRequest) -> bool:
    return bool(request.config.getoption("--thorough"))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest tests first, so that no worker is left with one of them at the end."""
    longest = ("test_mutants.py", "test_manifest.py", "test_exhaustive.py", "test_agreement.py")
    items.sort(key=lambda item: item.path.name not in longest)
