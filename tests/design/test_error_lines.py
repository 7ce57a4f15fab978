"""The line for each mistake in a single key."""

import pytest

from unsay.model.design import DesignError, design_from_data, parse_design

from .samples import SMALL, lines_of

POLICY_KEYS = (
    "dispatch, tracking, buffer, carrier, backfill, echo, early_recall, deduplication,"
    " request_record, repeat_answer, ordering, resend, retry, retry_limit, superseded, ack,"
    " confirm, patience, sync, authority, window, side_copies, placeholder, notifications, quotes,"
    " storage, audit, durable"
)
TOP_KEYS = (
    "title, about, sources, sender, properties, message_kinds, nodes, links, devices, accounts,"
    " markets, retention, policies, lifetimes, faults, fairness, scope"
)
NAME = "a name of a-z, 0-9 and hyphens that starts with a letter and has at most 24 characters"
FAULT = '"unbounded" or a whole number from 0 to 4'

CASES = [
    # unknown keys
    (
        '[policies]\ndispach = "tracked"',
        f'policies.dispach: unknown key; did you mean "dispatch"? allowed: {POLICY_KEYS}',
    ),
    ("[policies]\nzzz = 1", f"policies.zzz: unknown key; allowed: {POLICY_KEYS}"),
    (
        "[policies]\nretry-limit = 1",
        f'policies.retry-limit: unknown key; did you mean "retry_limit"? allowed: {POLICY_KEYS}',
    ),
    ("[faultz]\n", f'faultz: unknown key; did you mean "faults"? allowed: {TOP_KEYS}'),
    (
        "[nodes.china.x]\n[[links]]\nbetween = ['china', 'brazil']",
        "nodes.china.x: unknown key; allowed: region, market, fetches, bridge",
    ),
    # words
    (
        '[policies]\ndispatch = "trackd"',
        'policies.dispatch: "trackd" is not allowed; did you mean "tracked"?'
        ' allowed: one of "chase", "tracked", "flood", "gossip"',
    ),
    (
        '[policies]\ndispatch = "tr\u0430cked"',
        'policies.dispatch: "tr\u0430cked" is not allowed; did you mean "tracked"'
        ' (found U+0430, CYRILLIC SMALL LETTER A)? allowed: one of "chase", "tracked", "flood",'
        ' "gossip"',
    ),
    (
        '[policies]\nsync = "Full"',
        'policies.sync: "Full" is not allowed; did you mean "full"?'
        ' allowed: one of "full", "content-only", "new-only", "gappy", "any-node", "push-only"',
    ),
    (
        "[policies]\nretry = 3",
        'policies.retry: expected one of "until-acked", "limited", "none", found 3',
    ),
    (
        "[policies]\nretry = {a = 1}",
        'policies.retry: expected one of "until-acked", "limited", "none", found a table of 1 key',
    ),
    (
        '[policies]\ndurable = "content"',
        'policies.durable: expected an array of values from "content", "tombstones", "requests",'
        ' "tracking", "early-recalls", "audit-rows", found "content"',
    ),
    (
        '[policies]\ndurable = ["contents"]',
        'policies.durable[0]: "contents" is not allowed; did you mean "content"? allowed: one of'
        ' "content", "tombstones", "requests", "tracking", "early-recalls", "audit-rows"',
    ),
    # numbers
    (
        '[fairness]\ndelivery = "stong"',
        'fairness.delivery: "stong" is not allowed; did you mean "strong"? allowed: one of'
        ' "strong", "weak", "none"',
    ),
    (
        '[fairness]\nretry = "strong"',
        'fairness.retry: "strong" is not allowed; allowed: one of "weak", "none"',
    ),
    (
        "[fairness]\nloss = 1",
        "fairness.loss: unknown key; allowed: delivery, retry, healing, faults",
    ),
    ("[faults]\nloss = 5", f"faults.loss: expected {FAULT}, found 5"),
    ("[faults]\nloss = -1", f"faults.loss: expected {FAULT}, found -1"),
    ("[faults]\nloss = 1.0", f"faults.loss: expected {FAULT}, found 1.0"),
    ("[faults]\nloss = nan", f"faults.loss: expected {FAULT}, found nan"),
    ("[faults]\nloss = -inf", f"faults.loss: expected {FAULT}, found -inf"),
    ("[faults]\nloss = true", f"faults.loss: expected {FAULT}, found true"),
    ('[faults]\nloss = "1"', f'faults.loss: "1" is not allowed; allowed: {FAULT}'),
    ("[faults]\nloss = []", f"faults.loss: expected {FAULT}, found an array of no values"),
    (
        "[faults]\ncrash = 'unbouned'",
        f'faults.crash: "unbouned" is not allowed; did you mean "unbounded"? allowed: {FAULT}',
    ),
    (
        "[scope]\nmessages = 0",
        "scope.messages: expected a whole number from 1 to 4, found 0",
    ),
    (
        "[scope]\nmessages = true",
        "scope.messages: expected a whole number from 1 to 4, found true",
    ),
    (
        "[scope]\nmessages = 99999999999999999999",
        "scope.messages: expected a whole number from 1 to 4,"
        " found a whole number of about 21 digits",
    ),
    (
        "[scope]\nmessages = 0x" + "f" * 9000,
        "scope.messages: expected a whole number from 1 to 4,"
        " found a whole number of about 10838 digits",
    ),
    (
        "[policies]\nretry = 'limited'\nretry_limit = 5",
        "policies.retry_limit: expected a whole number from 1 to 4, found 5",
    ),
    # other types
    ("[faults]\nreorder = 'no'", 'faults.reorder: expected true or false, found "no"'),
    ("[faults]\nreorder = 0", "faults.reorder: expected true or false, found 0"),
    (
        "[scope]\nmessages = 2026-01-01",
        "scope.messages: expected a whole number from 1 to 4, found the date 2026-01-01",
    ),
    (
        "[scope]\nmessages = 2026-01-01T00:00:00Z",
        "scope.messages: expected a whole number from 1 to 4,"
        " found the datetime 2026-01-01T00:00:00+00:00",
    ),
    (
        "[scope]\ncommands = 12:00:00",
        'scope.commands: expected an array of at most 5 values from "recall",'
        ' "admin-recall", "restore", "edit", "resend", found the time 12:00:00',
    ),
    (
        "[scope]\ncommands = ['recall','edit','edit','edit','edit','edit']",
        'scope.commands: expected an array of at most 5 values from "recall",'
        ' "admin-recall", "restore", "edit", "resend", found an array of 6 values',
    ),
    ("[[policies]]", "policies: expected a table, found an array of 1 value"),
    # links, nodes, devices
    (
        "[[links]]\nbetween = ['singapore']",
        "links[1].between: expected an array of two names of nodes, found an array of 1 value",
    ),
    ("[[links]]", "links[1].between: missing; expected an array of two names of nodes"),
    (
        "[[links]]\nbetween = ['singapore', 3]",
        "links[1].between[1]: expected the name of a node, found 3",
    ),
    (
        "[devices.carol]\naccount = 'carol'",
        "devices.carol.home: missing; expected the name of a node",
    ),
    ("[devices.carol]\nhome = 'brazil'", f"devices.carol.account: missing; expected {NAME}"),
    (
        "[devices.carol]\nacount = 'carol'\nhome = 'brazil'",
        'devices.carol.acount: unknown key; did you mean "account"? allowed: account, home',
    ),
    (
        "[devices.carol]\naccount = 'Carol'\nhome = 'brazil'",
        f'devices.carol.account: expected {NAME}, found "Carol"',
    ),
    (
        '[devices."a.b\\nc"]\naccount = "carol"\nhome = "brazil"',
        f'devices."a.b\\nc": "a.b\\nc" cannot be used as a name; expected {NAME}',
    ),
    (
        f'[devices.{"a" * 25}]\naccount = "carol"\nhome = "brazil"',
        f'devices.{"a" * 25}: "{"a" * 25}" cannot be used as a name; expected {NAME}',
    ),
]


@pytest.mark.parametrize(("added", "line"), CASES, ids=range(len(CASES)))
def test_each_mistake_is_one_clear_line(added: str, line: str) -> None:
    assert lines_of(f"{SMALL}{added}\n") == [f"x.toml: {line}"]


def test_top_level_types() -> None:
    text = (
        'title = 3\nnodes = ["a"]\nlinks = {a = 1}\ndevices = {}\nabout = "\\u001b[2J"\nscope = ""'
    )
    assert lines_of(text) == [
        "x.toml: title: expected one line of text, 1 to 200 characters, found 3",
        "x.toml: nodes: expected 1 to 12 tables, each written [nodes.NAME],"
        " found an array of 1 value",
        "x.toml: links: expected an array of tables, each written [[links]],"
        " found a table of 1 key",
        "x.toml: devices: expected 1 to 16 tables, each written [devices.NAME],"
        " found a table of no keys",
        'x.toml: about: expected text without control characters, found "\\x1b[2J"',
        'x.toml: scope: expected a table, found ""',
    ]


def test_missing_tables_come_last() -> None:
    assert lines_of("about = 'x'") == [
        "x.toml: title: missing; expected one line of text, 1 to 200 characters",
        "x.toml: nodes: missing; expected 1 to 12 tables, each written [nodes.NAME]",
        "x.toml: devices: missing; expected 1 to 16 tables, each written [devices.NAME]",
    ]


def test_counts_of_nodes_and_devices_are_limited() -> None:
    def text(nodes: int, devices: int) -> str:
        return 'title = "many"\n' + "".join(
            [f"[nodes.n{i}]\n" for i in range(nodes)]
            + [f'[[links]]\nbetween = ["n0", "n{i}"]\n' for i in range(1, nodes)]
            + [f'[devices.d{i}]\naccount = "a"\nhome = "n0"\n' for i in range(devices)]
        )

    assert len(parse_design(text(12, 16)).nodes) == 12
    assert lines_of(text(13, 17)) == [
        "x.toml: nodes: expected 1 to 12 tables, each written [nodes.NAME],"
        " found a table of 13 keys",
        "x.toml: devices: expected 1 to 16 tables, each written [devices.NAME],"
        " found a table of 17 keys",
    ]


@pytest.mark.parametrize("title", ["", "  ", "a\nb", "\x07", "\u202eevil", "x" * 201])
def test_titles_are_one_visible_line(title: str) -> None:
    data = {**parse_design(SMALL).resolved(), "title": title}
    with pytest.raises(DesignError) as caught:
        design_from_data(data, "x.toml")
    (line,) = caught.value.lines
    assert line.startswith("x.toml: title: expected one line of text, 1 to 200 characters, found ")
    assert line.isprintable()
    assert len(line) < 160


@pytest.mark.parametrize("region", ["", " ", "a\tb", "x" * 25])
def test_regions_are_one_visible_line(region: str) -> None:
    data = parse_design(SMALL).resolved()
    data["nodes"]["brazil"]["region"] = region
    with pytest.raises(DesignError) as caught:
        design_from_data(data, "x.toml")
    (line,) = caught.value.lines
    assert line.startswith(
        "x.toml: nodes.brazil.region: expected one line of text, 1 to 24 characters, found "
    )


def test_all_mistakes_are_reported_in_the_order_of_the_file() -> None:
    text = """\
sourcs = []
sender = "bobb"
title = "Many mistakes"
[faults]
offline = 9
[nodes.singapore]
[nodes.brazil]
[scope]
commands = ["restore"]
[[links]]
between = ["singapore", "brasil"]
fifo = 1
[devices.bob-phone]
account = "bob"
home = "brazl"
[policies]
retry_limit = 2
ack = "aplied"
"""
    assert lines_of(text) == [
        f'x.toml: sourcs: unknown key; did you mean "sources"? allowed: {TOP_KEYS}',
        'x.toml: sender: "bobb" is not the account of any device; did you mean "bob"? allowed: bob',
        f"x.toml: faults.offline: expected {FAULT}, found 9",
        'x.toml: scope.commands[0]: "restore" undoes a recall and must come right after one,'
        " but comes first; allowed here: recall, admin-recall, edit",
        'x.toml: links[0].between[1]: unknown node "brasil"; did you mean "brazil"?'
        " known: singapore, brazil",
        "x.toml: links[0].fifo: expected true or false, found 1",
        'x.toml: devices.bob-phone.home: unknown node "brazl"; did you mean "brazil"?'
        " known: singapore, brazil",
        'x.toml: policies.retry_limit: only allowed with retry = "limited",'
        ' and retry is "until-acked"',
        'x.toml: policies.ack: "aplied" is not allowed; did you mean "applied"?'
        ' allowed: one of "accepted", "stored", "applied"',
    ]


def test_hostile_keys_and_values_stay_on_their_line() -> None:
    text = SMALL.replace(
        "[nodes.brazil]", '[nodes.brazil]\n"a\\nb\\u202e\\u001b[2J\\"" = 1\nregion = "\\u2028"'
    )
    assert lines_of(text) == [
        'x.toml: nodes.brazil."a\\nb\\u202e\\x1b[2J\\"": unknown key;'
        " allowed: region, market, fetches, bridge",
        "x.toml: nodes.brazil.region: expected one line of text, 1 to 24 characters,"
        ' found "\\u2028"',
    ]


def test_hostile_names_stay_on_the_lines_that_list_them() -> None:
    text = SMALL.replace("[nodes.brazil]", '[nodes.brazil]\n[nodes."a\\nb"]') + (
        '[devices.carol]\naccount = "\\u001b"\nhome = "x"\n'
    )
    text = 'sender = "q"\n' + text
    lines = lines_of(text)
    assert (
        'x.toml: sender: "q" is not the account of any device; allowed: alice, bob, "\\x1b"'
        in lines
    )
    assert (
        'x.toml: devices.carol.home: unknown node "x"; known: singapore, brazil, "a\\nb"' in lines
    )
    assert all(line.isprintable() for line in lines)


def test_long_keys_and_values_are_cut() -> None:
    lines = lines_of(f'{SMALL}{"k" * 5000} = "x"\n[policies]\nack = "{"v" * 5000}"')
    assert all(len(line) < 250 for line in lines)
    assert len(lines) == 2


def test_names_inside_the_tables_of_pydantic_are_not_mistaken_for_its_own() -> None:
    # Pydantic marks errors in keys with a step "[key]", and union members with others.
    added = '[devices."[key]"]\naccount = "carol"\nhome = "brazil"\n"[key]" = 1'
    assert lines_of(f"{SMALL}{added}") == [
        f'x.toml: devices."[key]": "[key]" cannot be used as a name; expected {NAME}',
        'x.toml: devices."[key]"."[key]": unknown key; allowed: account, home',
    ]
    lines = lines_of(SMALL.replace("[nodes.brazil]", '[nodes]\n"[key]" = 1\n[nodes.brazil]'))
    assert len(lines) == 2
    assert lines[0] == f'x.toml: nodes."[key]": "[key]" cannot be used as a name; expected {NAME}'
    added = "[faults.loss]\nconstrained-int = 1"
    assert lines_of(f"{SMALL}{added}") == [
        f"x.toml: faults.loss: expected {FAULT}, found a table of 1 key"
    ]
