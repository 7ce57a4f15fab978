"""The command line as a person uses it: exit codes, one-line errors, nothing half-written."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable
from pathlib import Path

import jsonschema
import pytest
from click.testing import CliRunner, Result
from rich.console import Console

from unsay.cli import main
from unsay.designs.catalogue import shipped
from unsay.engines.exhaustive import Exhaustive
from unsay.engines.protocol import Task
from unsay.properties import PROPERTIES

GOOD = shipped()["mastodon-4739"].read_text()
VIOLATED = (
    "idempotent-state",
    "version-override",
    "commands-commute",
    "strong-convergence",
    "comes-to-rest",
    "converges",
    "no-resurrection",
    "recall-terminates",
    "recall-kept-as-long",
)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, list(arguments))


@pytest.fixture
def good(tmp_path: Path) -> Path:
    path = tmp_path / "good.toml"
    path.write_text(GOOD)
    return path


def changed(old: str, new: str) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        assert old in GOOD
        path = folder / "changed.toml"
        path.write_text(GOOD.replace(old, new))
        return path

    return make


BAD = {
    "missing file": (lambda d: d / "none.toml", "none.toml: no such file"),
    "directory": (lambda d: d, "is a directory; expected a TOML file"),
    "broken TOML": (changed('sender = "alice"', "sender = "), "changed.toml:7:10: "),
    "unknown key": (
        changed("early_recall =", "early_recal ="),
        'policies.early_recal: unknown key; did you mean "early_recall"? allowed: dispatch, ',
    ),
    "unknown option": (
        changed("remember-until-first-send", "remember-until-first"),
        'did you mean "remember-until-first-send"?',
    ),
    "wrong type": (changed("loss = 0", 'loss = "few"'), 'faults.loss: "few" is not allowed'),
    "unknown node in a link": (
        changed('between = ["author-server", ', 'between = ["autor-server", '),
        'unknown node "autor-server"; did you mean "author-server"?',
    ),
    "device without home": (
        changed('account = "bob"\nhome = "follower-server"', 'account = "bob"'),
        "devices.bob-phone.home: ",
    ),
    "disconnected": (
        changed('[[links]]\nbetween = ["author-server", "follower-server"]', ""),
        'no links lead to "follower-server"',
    ),
    "no message": (
        changed("[faults]", "[scope]\nmessages = 0\n[faults]"),
        "scope.messages: expected a whole number from 1 to 4, found 0",
    ),
    "absurd scope": (
        changed("[faults]", "[scope]\nmessages = 1000000\n[faults]"),
        "scope.messages: expected a whole number from 1 to 4, found 1000000",
    ),
    "contradiction": (
        changed("[policies]", '[policies]\ndeduplication = "none"\nrepeat_answer = "error"'),
        'policies.repeat_answer: "error" contradicts deduplication = "none"',
    ),
    "unknown property": (
        changed('sender = "alice"', 'sender = "alice"\nproperties = ["idempotent"]'),
        'did you mean "idempotent-state"?',
    ),
}


@pytest.mark.parametrize("case", BAD)
@pytest.mark.parametrize("command", ["check", "show"])
def test_a_bad_design_is_one_line_and_exit_code_2(case: str, command: str, tmp_path: Path) -> None:
    make, expected = BAD[case]
    out = tmp_path / "out"
    options = ["--out", str(out)] if command == "check" else []
    result = run(command, str(make(tmp_path)), *options)
    assert result.exit_code == 2
    assert expected in result.stderr
    assert len(result.stderr.splitlines()) == 1
    assert result.stdout == ""
    assert not out.exists()


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["check"], "Missing argument 'DESIGN...'"),
        (["frobnicate"], "No such command 'frobnicate'"),
        (["check", "mastodon-4379"], 'did you mean "mastodon-4739"?'),
        (["check", "mastodon-4739", "-p", "no-resurection"], 'did you mean "no-resurrection"?'),
        (["check", "mastodon-4739", "-e", "exhaustif"], "is not one of"),
        (["check", "mastodon-4739", "--scope", "messages=0"], "from 1 to 4, found 0"),
        (["check", "mastodon-4739", "--scope", "massages=1"], 'did you mean "messages"?'),
        (["check", "mastodon-4739", "--time-limit", "-1"], "is not in the range"),
        (["check", "mastodon-4739", "--time-limit", "nan"], "is not a number of seconds"),
        (["check", "mastodon-4739", "--out", ""], "expected a path, found an empty one"),
        (["check", "mastodon-4739", "mastodon-4739", "--out", "x"], "two designs are named"),
        (["new", ""], "expected a path, found an empty one"),
        (["new", "never-written.toml", "--title", ""], "title: "),
        (["draw", "none.itf.json", "-o", "x.svg"], "none.itf.json: no such file"),
    ],
)
def test_wrong_usage_is_one_line_and_exit_code_2(arguments: list[str], expected: str) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert expected in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_a_violation_is_drawn_saved_and_replayed(tmp_path: Path) -> None:
    out = tmp_path / "deep" / "out"
    result = run("check", "mastodon-4739", "--out", str(out))
    assert result.exit_code == 1
    for name in VIOLATED:
        for suffix in (".svg", ".png", ".itf.json"):
            assert (out / f"mastodon-4739.{name}{suffix}").stat().st_size > 500
    assert len(list(out.iterdir())) == 3 * len(VIOLATED)
    trace = out / "mastodon-4739.no-resurrection.itf.json"
    again = run("replay", str(trace))
    assert again.exit_code == 1
    assert "no-resurrection is broken at the end of this run." in again.stdout
    drawn = run("draw", str(trace), "--out", str(tmp_path / "again.svg"))
    assert drawn.exit_code == 0
    svg = (tmp_path / "again.svg").read_bytes()
    assert svg == (out / "mastodon-4739.no-resurrection.svg").read_bytes()


def test_verdicts_survive_a_picture_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "mastodon-4739.no-resurrection.svg").mkdir()
    result = run("check", "mastodon-4739", "-p", "no-resurrection", "--out", str(tmp_path))
    assert result.exit_code == 2
    assert "no-resurrection  VIOLATED" in result.stdout
    assert len(result.stderr.splitlines()) == 1


def test_the_run_in_words_is_one_that_users_would_notice() -> None:
    """Two of the five shortest runs are against what a node's tables hold."""
    assert "Property: no-resurrection, broken" in run("check", "mastodon-4739").stdout


def test_a_trace_of_another_design_and_a_truncated_one(tmp_path: Path) -> None:
    run("check", "mastodon-4739", "--out", str(tmp_path), "-p", "no-resurrection")
    trace = tmp_path / "mastodon-4739.no-resurrection.itf.json"
    other = run("replay", str(trace), "--design", "openim-revoke")
    assert other.exit_code == 2
    assert "is a trace of another design" in other.stderr
    assert run("replay", str(trace), "--design", "mastodon-4739").exit_code == 1
    trace.write_text(trace.read_text()[:700])
    cut = run("draw", str(trace), "-o", str(tmp_path / "cut.svg"))
    assert cut.exit_code == 2
    assert "is cut off" in cut.stderr
    assert len(cut.stderr.splitlines()) == 1
    assert not (tmp_path / "cut.svg").exists()


def test_a_sound_design_exits_0_and_names_its_states() -> None:
    result = run("check", "mastodon-4739-repaired")
    assert result.exit_code == 0
    assert "VIOLATED" not in result.stdout
    assert "all 3,985 reachable states" in result.stdout
    assert "says nothing at this scope: resend-survives" in result.stdout


@pytest.mark.parametrize("columns", [30, 40, 60, 71, 72, 80])
def test_no_word_is_cut_on_a_narrow_terminal(columns: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("unsay.cli.out", Console(soft_wrap=False, highlight=False, width=columns))
    # No run in words: that is tests/traces/test_exports.py.
    result = run("check", "ejabberd-4507-repaired")
    assert result.exit_code == 0
    assert "\u2026" not in result.stdout
    assert all(len(line) <= columns for line in result.stdout.splitlines())
    words = " ".join(result.stdout.split())
    for name in ("version-override", "confirmed-means-done", "no-over-recall"):
        place = words.index(name)
        assert "HOLDS" in words[place - 8 : place + len(name) + 8]
    for said in ("all 120 reachable states", "all 152 reachable states", "exhaustive", " s "):
        assert all(word in words.replace(",", "").split() for word in said.split())


def test_a_property_asked_for_by_name_that_says_nothing_is_vacuous() -> None:
    result = run("check", "mastodon-4739-repaired", "-p", "resend-survives")
    assert result.exit_code == 3
    assert "VACUOUS" in result.stdout


def test_json_tells_the_same_as_the_table() -> None:
    result = run("check", "mastodon-4739", "openim-revoke-repaired", "--json")
    data = json.loads(result.stdout)
    assert [d["title"][:8] for d in data] == ["Mastodon", "OpenIM, "]
    verdicts = {v["property"]: v["verdict"] for v in data[0]["verdicts"]}
    assert {p for p, v in verdicts.items() if v == "VIOLATED"} == set(VIOLATED)
    assert all(v["verdict"] == "HOLDS" and v["states"] > 100 for v in data[1]["verdicts"])
    assert result.exit_code == 1


def test_another_scope_changes_what_is_checked() -> None:
    result = run("check", "ejabberd-4507-repaired", "--scope", "messages=2,commands=recall+restore")
    assert result.exit_code == 0
    assert "2 messages (send, recall, restore)" in result.stdout


def test_a_short_time_limit_is_obeyed_and_said() -> None:
    result = run("check", "article-repaired", "--engine", "explicit", "--time-limit", "0.5")
    assert result.exit_code == 3
    assert "HOLDS" not in result.stdout
    assert "ran out" in result.stdout


def test_an_interruption_leaves_a_partial_verdict(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(self: Exhaustive, task: Task) -> object:
        seen: list[str] = []

        def report(line: str) -> None:
            seen.append(line)
            if len(seen) == 6:
                raise KeyboardInterrupt

        return check(self, Task(task.machine, task.properties, task.budget, report))

    check = Exhaustive.check
    monkeypatch.setattr(Exhaustive, "check", interrupted)
    result = run(
        "check", "article-repaired", "--json", "-p", "no-resurrection", "-p", "no-over-recall"
    )
    assert result.exit_code == 3
    (data,) = json.loads(result.stdout)
    assert data["interrupted"]
    never_begun, stopped = data["verdicts"]
    assert {v["verdict"] for v in (never_begun, stopped)} == {"UNKNOWN"}
    assert {v["reason"] for v in (never_begun, stopped)} == {"interrupted"}


def test_new_scaffolds_a_design_that_loads_and_is_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    assert run("new", str(path), "--title", "Ours").exit_code == 0
    shown = run("show", str(path))
    assert shown.exit_code == 0
    assert shown.stdout.startswith("Ours")
    again = run("new", str(path))
    assert again.exit_code == 2
    assert "exists already" in again.stderr


def test_the_schema_accepts_every_shipped_design() -> None:
    schema = json.loads(run("schema").stdout)
    for path in shipped().values():
        jsonschema.validate(tomllib.loads(path.read_text()), schema)


def test_show_makes_every_default_visible(good: Path) -> None:
    text = run("show", str(good)).stdout
    assert "policies.early_recall    remember-until-first-send" in text
    assert "policies.ordering        newest-version" in text
    assert "default" in text
    data = json.loads(run("show", str(good), "--json").stdout)
    assert data["policies"]["ack"] == "applied"
    assert "rule deliver(c: Command, u: Node, v: Node)" in run("show", str(good), "--rules").stdout


@pytest.mark.parametrize("what", ["designs", "properties", "policies", "engines"])
def test_list_names_everything(what: str) -> None:
    result = run("list", what)
    assert result.exit_code == 0
    expected = {
        "designs": list(shipped()),
        "properties": list(PROPERTIES),
        "policies": ["policies.dispatch", "faults.loss"],
        "engines": ["explicit", "bounded", "sampled", "proof"],
    }[what]
    assert all(name in result.stdout for name in expected)
