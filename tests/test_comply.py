"""``unsay comply``, ``unsay markets`` and the shipped examples, as a person uses them."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from unsay.cli import main
from unsay.designs.catalogue import market_examples, shipped
from unsay.model.design import load_markets, parse_design

MARKETS = list(market_examples())


def run(*arguments: str) -> Result:
    result = CliRunner().invoke(main, list(arguments), env={"COLUMNS": "80"})
    assert "Traceback" not in result.output
    return result


def words(text: str) -> str:
    """``text`` on one line, whatever the width it was broken at."""
    return " ".join(text.split())


def test_a_conflict_is_told_with_both_rules_and_the_path() -> None:
    result = run("comply", "erase-and-retain")
    assert result.exit_code == 1
    told = words(result.stdout)
    assert "copy at sao-paulo (brazil) by frankfurt -> sao-paulo cannot hold together:" in told
    assert "eu.erase: the content is gone from every tier within 30 days of the recall" in told
    assert "brazil.keep: the content or the record is kept until at least 180 days" in told
    assert told.count("cannot hold together:") == 1
    assert "tiered, audit row (content gone by day 30, record kept 180 days or more)" in told
    assert "not legal advice" in told
    assert max(map(len, result.stdout.splitlines())) <= 80


def test_what_repairs_it_is_kept_in_every_run_too() -> None:
    result = run("comply", "erase-and-retain-repaired")
    assert result.exit_code == 0
    assert "IN CONFLICT" not in result.stdout
    assert words("content gone on day 30, record kept until day 180") in words(result.stdout)
    assert re.search(r"^erased +HOLDS", result.stdout, re.MULTILINE)
    assert re.search(r"^audited +HOLDS", result.stdout, re.MULTILINE)


def test_the_table_of_strategies_and_markets() -> None:
    lines = run("comply", "erase-and-retain", "--no-run").stdout.splitlines()
    lines = [line.rstrip() for line in lines]
    cells = {line[:18].strip(): line[18:].split() for line in lines if line.endswith(("yes", "no"))}
    assert cells == {
        "eu alone": ["yes", "yes", "no", "no", "yes", "yes"],
        "brazil alone": ["yes"] * 6,
        "every combination": ["yes", "no", "no", "no", "yes", "no"],
    }


def test_runs_that_break_what_the_rules_rest_on(tmp_path: Path) -> None:
    """The days agree, and yet a crash loses the record."""
    text = shipped()["erase-and-retain-repaired"].read_text()
    lossy = 'audit = "row"\ndurable = ["content", "tombstones", "early-recalls", "requests"]'
    file = tmp_path / "lossy.toml"
    file.write_text(text.replace('audit = "row"', lossy).replace("crash = 0", "crash = 1"))
    result = run("comply", str(file))
    assert result.exit_code == 1
    assert "IN CONFLICT" not in result.stdout
    assert re.search(r"^audited +VIOLATED", result.stdout, re.MULTILINE)
    assert run("comply", str(file), "--no-run").exit_code == 0


def test_json() -> None:
    result = run("comply", "erase-and-retain", "--json")
    assert result.exit_code == 1
    data = json.loads(result.stdout)
    assert not data["kept"]
    conflicts = [c for group in data["copies"] for c in group["conflicts"]]
    assert conflicts == [["eu.erase", "brazil.keep"]]
    paths = [c["path"] for group in data["copies"] for c in group["copies"]]
    assert ["frankfurt", "sao-paulo"] in paths
    assert data["markets"]["eu"]["logical, audit row"] is False


def test_elsewhere_can_be_left_out(tmp_path: Path) -> None:
    text = shipped()["erase-and-retain-repaired"].read_text()
    file = tmp_path / "more.toml"
    file.write_text(text + market_examples()["russia"].read_text())
    result = run("comply", str(file), "--no-run")
    assert result.exit_code == 1
    assert "Elsewhere, if there were" in result.stdout
    assert "russia.keep-content: the content is kept until" in words(result.stdout)
    own = run("comply", str(file), "--no-run", "--own-paths")
    assert own.exit_code == 0
    assert "Elsewhere" not in own.stdout


def test_designs_that_have_nothing_to_say(tmp_path: Path) -> None:
    result = run("comply", "article-repaired")
    assert result.exit_code == 2
    assert len(result.stderr.splitlines()) == 1
    assert "no [markets.NAME] in it" in result.stderr
    text = shipped()["article-repaired"].read_text() + market_examples()["eu"].read_text()
    file = tmp_path / "nobody.toml"
    file.write_text(text)
    result = run("comply", str(file))
    assert result.exit_code == 2
    assert "no copy of a message is under any rule" in result.stderr


def test_at_least_six_markets_are_there_to_be_edited() -> None:
    assert len(MARKETS) >= 6
    listed = run("list", "markets").stdout
    assert all(name in listed for name in MARKETS)


@pytest.mark.parametrize("name", MARKETS)
def test_an_example_of_a_market_can_be_pasted_into_a_design(name: str) -> None:
    printed = run("markets", name).stdout
    assert "not legal advice" in printed.splitlines()[0]
    base = shipped()["erase-and-retain"].read_text()
    text = re.sub(r"\[accounts.*?(?=\[policies\])", "", base, flags=re.DOTALL)
    text = re.sub(r"^market = .*$", "", text, flags=re.MULTILINE)
    text = text.replace('sender = "alice"', 'sender = "alice"\nmessage_kinds = ["business"]')
    design = parse_design(f'{text}\n[accounts.bob]\nmarket = "{name}"\n{printed}')
    assert design.markets == load_markets(market_examples()[name])
    for rule in design.markets[name].rules:
        # A law, by name and number, or a word that there is none.
        assert rule.source.startswith("assumed") or re.search(r"\d", rule.source), rule.name


def test_an_unknown_market_is_named_with_the_nearest() -> None:
    result = run("markets", "brasil")
    assert result.exit_code == 2
    assert 'unknown market "brasil"; did you mean "brazil"?' in result.stderr
