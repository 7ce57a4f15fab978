"""Shared fixtures and options of the test suite."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--rewrite", action="store_true", help="Rewrite golden files from what is seen now."
    )
    parser.addoption(
        "--thorough", action="store_true", help="Also run what costs minutes and finds little more."
    )


@pytest.fixture(autouse=True, scope="session")
def _no_proofs_unless_asked_for(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Tests neither find what the user's cache has nor add to it; and no check waits for proofs."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        patch.setenv("UNSAY_NO_PROOF", "1")
        yield


@pytest.fixture
def rewrite(request: pytest.FixtureRequest) -> bool:
    return bool(request.config.getoption("--rewrite"))


@pytest.fixture
def thorough(request: pytest.FixtureRequest) -> bool:
    return bool(request.config.getoption("--thorough"))


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers", "one_in(n): only every n-th case of this test, unless --thorough or --rewrite"
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """The longest tests first, so that no worker is left with one of them at the end."""
    longest = ("test_mutants.py", "test_manifest.py", "test_exhaustive.py", "test_agreement.py")
    items.sort(key=lambda item: item.path.name not in longest)
    if not (config.getoption("--thorough") or config.getoption("--rewrite")):
        cases: Counter[str] = Counter()
        kept: list[pytest.Item] = []
        left: list[pytest.Item] = []
        for item in items:
            test = item.nodeid.partition("[")[0]
            mark = item.get_closest_marker("one_in")
            (kept if mark is None or cases[test] % mark.args[0] == 0 else left).append(item)
            cases[test] += 1
        config.hook.pytest_deselected(items=left)
        items[:] = kept
