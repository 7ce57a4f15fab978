"""What must hold between keys: names, links, policies that fit together, acts in order."""

import pytest

from unsay.model.design import parse_design

from .samples import SMALL, lines_of

CHAIN = SMALL + "[nodes.china]\n[nodes.lagos]\n"


@pytest.mark.parametrize(
    ("added", "line"),
    [
        (
            "[[links]]\nbetween = ['brazil', 'singapor']",
            'links[1].between[1]: unknown node "singapor"; did you mean "singapore"?'
            " known: singapore, brazil",
        ),
        (
            "[[links]]\nbetween = ['zzz', 'brazil']",
            'links[1].between[0]: unknown node "zzz"; known: singapore, brazil',
        ),
        (
            "[[links]]\nbetween = ['brazil', 'BRAZIL']",
            'links[1].between[1]: unknown node "BRAZIL"; did you mean "brazil"?'
            " known: singapore, brazil",
        ),
        (
            "[[links]]\nbetween = ['brazil', 'singapore']",
            'links[1].between: "brazil" and "singapore" are already joined by links[0];'
            " allowed: one link between two nodes",
        ),
        (
            "[[links]]\nbetween = ['brazil', 'brazil']",
            'links[1].between: joins "brazil" to itself; a link joins two different nodes',
        ),
        (
            "[devices.carol]\naccount = 'carol'\nhome = 'brasil'",
            'devices.carol.home: unknown node "brasil"; did you mean "brazil"?'
            " known: singapore, brazil",
        ),
        (
            "[nodes.china]",
            'nodes.china: no links lead to "china" from "singapore"; add [[links]] from one of:'
            " singapore, brazil",
        ),
        (
            "[nodes.china]\n[nodes.lagos]\n[[links]]\nbetween = ['china', 'lagos']",
            'nodes.china: no links lead to "china" (and 1 more) from "singapore"; add [[links]]'
            " from one of: singapore, brazil",
        ),
    ],
)
def test_topology(added: str, line: str) -> None:
    assert lines_of(f"{SMALL}{added}\n") == [f"x.toml: {line}"]


def test_the_first_of_several_near_names_is_suggested() -> None:
    added = "[nodes.china]\n[nodes.China]\n[[links]]\nbetween = ['brazil', 'chna']\n"
    assert lines_of(SMALL + added)[-1] == (
        'x.toml: links[1].between[1]: unknown node "chna"; did you mean "china"?'
        " known: singapore, brazil, china, China"
    )


def test_unreached_nodes_are_not_reported_beside_a_wrong_link() -> None:
    added = "[nodes.china]\n[[links]]\nbetween = ['brazil', 'chna']\n"
    assert lines_of(SMALL + added) == [
        'x.toml: links[1].between[1]: unknown node "chna"; did you mean "china"?'
        " known: singapore, brazil, china"
    ]


def test_unreached_nodes_are_not_reported_beside_links_of_the_wrong_form() -> None:
    assert lines_of(SMALL.replace("[[links]]", "[links]")) == [
        "x.toml: links: expected an array of tables, each written [[links]], found a table of 1 key"
    ]


def test_a_malformed_name_is_reported_even_if_nothing_leads_to_it() -> None:
    assert lines_of(SMALL + "[nodes.China]\n") == [
        'x.toml: nodes.China: "China" cannot be used as a name; expected a name of a-z, 0-9 and'
        " hyphens that starts with a letter and has at most 24 characters",
        'x.toml: nodes.China: no links lead to "China" from "singapore"; add [[links]] from'
        " one of: singapore, brazil",
    ]


def test_a_design_needs_a_device_and_each_device_a_home() -> None:
    text = 'title = "x"\n[nodes.a]\n[devices]\n'
    assert lines_of(text) == [
        "x.toml: devices: expected 1 to 16 tables, each written [devices.NAME],"
        " found a table of no keys"
    ]
    assert lines_of(text + '[devices.x]\naccount = "x"') == [
        "x.toml: devices.x.home: missing; expected the name of a node"
    ]


def test_one_node_needs_no_links() -> None:
    text = 'title = "x"\n[nodes.a]\n[devices.x]\naccount = "x"\nhome = "a"\n'
    assert parse_design(text).links == ()


def test_the_sender_owns_a_device() -> None:
    assert parse_design('sender = "bob"\n' + SMALL).sender == "bob"
    assert lines_of('sender = "bpb"\n' + SMALL) == [
        'x.toml: sender: "bpb" is not the account of any device; did you mean "bob"?'
        " allowed: alice, bob"
    ]
    assert lines_of('sender = "alice-phone-2"\n' + SMALL)[0].endswith("allowed: alice, bob")


@pytest.mark.parametrize(
    ("policies", "lines"),
    [
        (
            "retry_limit = 2",
            ['retry_limit: only allowed with retry = "limited", and retry is "until-acked"'],
        ),
        (
            'retry = "none"\nretry_limit = 1',
            ['retry_limit: only allowed with retry = "limited", and retry is "none"'],
        ),
        (
            'deduplication = "none"\nrequest_record = "expires"\nrepeat_answer = "error"',
            [
                'request_record: "expires" contradicts deduplication = "none": a node that keeps'
                ' no record of requests cannot recognise a repeat; allowed: "forever"',
                'repeat_answer: "error" contradicts deduplication = "none": a node that keeps'
                ' no record of requests cannot recognise a repeat; allowed: "same"',
            ],
        ),
        (
            'durable = ["content", "tracking", "content"]',
            ['durable[2]: "content" is listed twice; allowed: each name once'],
        ),
        (
            'durable = ["tombstones"]',
            [
                'durable: with early_recall = "remember" an early recall is kept as a tombstone:'
                ' keep or leave out both "tombstones" and "early-recalls"'
            ],
        ),
        # A word that is itself wrong is not held against the others.
        (
            'retry = "limitd"\nretry_limit = 2',
            [
                'retry: "limitd" is not allowed; did you mean "limited"?'
                ' allowed: one of "until-acked", "limited", "none"'
            ],
        ),
    ],
)
def test_contradictory_policies(policies: str, lines: list[str]) -> None:
    assert lines_of(f"{SMALL}[policies]\n{policies}\n") == [
        f"x.toml: policies.{line}" for line in lines
    ]


@pytest.mark.parametrize(
    "added",
    [
        '[policies]\nretry = "limited"',
        '[policies]\nretry = "limited"\nretry_limit = 4',
        '[policies]\ndeduplication = "none"\ndurable = ["requests"]',
        '[policies]\ndeduplication = "none"\nrequest_record = "forever"\nrepeat_answer = "same"',
        '[policies]\nretry = "none"\nconfirm = "all-acked"',
        "[policies]\ndurable = []",
        "[faults]\nreorder = false\nloss = 0",
        "[nodes.china]\n[[links]]\nbetween = ['china', 'brazil']\nfifo = true\n"
        "[faults]\nreorder = false",
    ],
)
def test_odd_but_possible_designs(added: str) -> None:
    parse_design(f"{SMALL}{added}\n")


@pytest.mark.parametrize(
    "commands",
    [
        "",
        "recall",
        "edit recall edit",
        "recall restore recall restore",
        "recall resend",
        "recall restore resend",
        "recall edit resend recall resend",
    ],
)
def test_acts_that_have_something_to_act_on(commands: str) -> None:
    design = parse_design(f"{SMALL}[scope]\ncommands = {commands.split()}\n")
    assert design.scope.commands == tuple(commands.split())


@pytest.mark.parametrize(
    ("commands", "line"),
    [
        (
            "restore",
            'commands[0]: "restore" undoes a recall and must come right after one,'
            " but comes first; allowed here: recall, admin-recall, edit",
        ),
        (
            "recall edit restore",
            'commands[2]: "restore" undoes a recall and must come right after one,'
            ' but follows "edit"; allowed here: recall, admin-recall, edit, resend',
        ),
        (
            "recall restore restore",
            'commands[2]: "restore" undoes a recall and must come right after one,'
            ' but follows "restore"; allowed here: recall, admin-recall, edit, resend',
        ),
        (
            "recall resend restore",
            'commands[2]: "restore" undoes a recall and must come right after one,'
            ' but follows "resend"; allowed here: recall, admin-recall, edit, resend',
        ),
        (
            "resend",
            'commands[0]: "resend" needs a recall before it, but comes first;'
            " allowed here: recall, admin-recall, edit",
        ),
        (
            "edit resend",
            'commands[1]: "resend" needs a recall before it, but follows "edit";'
            " allowed here: recall, admin-recall, edit",
        ),
    ],
)
def test_acts_that_have_nothing_to_act_on(commands: str, line: str) -> None:
    assert lines_of(f"{SMALL}[scope]\ncommands = {commands.split()}\n") == [f"x.toml: scope.{line}"]


def test_properties_are_checked_against_the_known_ones() -> None:
    text = 'properties = ["idempotence", "no-resurection", "zzz", "idempotence"]\n' + SMALL
    known = {"no-resurrection", "idempotence"}
    assert lines_of(text, known_properties=known) == [
        'x.toml: properties[1]: unknown property "no-resurection"; did you mean'
        ' "no-resurrection"? known: idempotence, no-resurrection',
        'x.toml: properties[2]: unknown property "zzz"; known: idempotence, no-resurrection',
        'x.toml: properties[3]: "idempotence" is listed twice; allowed: each name once',
    ]
    text = text.replace(', "idempotence"]', "]")
    assert parse_design(text).properties == ("idempotence", "no-resurection", "zzz")
    assert lines_of(text, known_properties=[])[0] == (
        'x.toml: properties[0]: unknown property "idempotence"; no property is known'
    )


def test_the_sender_s_home_is_no_bridge() -> None:
    home = SMALL.replace("[nodes.singapore]", "[nodes.singapore]\nbridge = true")
    assert lines_of(home) == [
        "x.toml: nodes.singapore.bridge: the sender's home is where recalls start and cannot be one"
        " that sends them back"
    ]
    parse_design(SMALL.replace("[nodes.brazil]", "[nodes.brazil]\nbridge = true"))


def test_a_node_that_fetches_is_neither_the_sender_s_home_nor_on_the_way() -> None:
    home = SMALL.replace("[nodes.singapore]", "[nodes.singapore]\nfetches = true")
    assert lines_of(home) == [
        "x.toml: nodes.singapore.fetches: the sender's home sends messages to others and cannot be"
        " one that fetches them"
    ]
    behind = SMALL.replace("[nodes.brazil]", "[nodes.brazil]\nfetches = true\n[nodes.chile]")
    behind += '[[links]]\nbetween = ["brazil", "chile"]\n'
    assert lines_of(behind) == [
        'x.toml: nodes.chile: from "singapore", only nodes that fetch lead to "chile"'
    ]
    design = parse_design(SMALL.replace("[nodes.brazil]", "[nodes.brazil]\nfetches = true"))
    assert design.fetching
    assert list(design.routes()) == ["singapore"]
    assert design.route("brazil") == ("singapore", "brazil")


MARKET = """
[markets.eu]
title = "EU"

[[markets.eu.rules]]
name = "erase"
demand = "erase-within"
days = 30
source = "assumed"
"""


@pytest.mark.parametrize(
    ("more", "line"),
    [
        ('[accounts.bob]\nmarket = "ue"', 'accounts.bob.market: unknown market "ue"'),
        ('[accounts.rob]\nmarket = "eu"', 'accounts.rob: unknown account "rob"'),
        ("[markets.none]", "markets.none: stands for no market"),
        ('[[markets.eu.rules]]\nname = "erase"', "name of an earlier rule"),
        ('[[markets.eu.rules]]\ndemand = "no-cold-storage"\ndays = 3', "days: has no meaning"),
        ('[[markets.eu.rules]]\ndemand = "retain-at-least"', "days: missing"),
        ('[[markets.eu.rules]]\ndemand = "record-readable-by"', "readers: missing"),
        ('[[markets.eu.rules]]\nkinds = ["mail"]', 'unknown message kind "mail"'),
        ('[[markets.eu.rules]]\ndemand = "erase"', '"erase" is not allowed'),
        ("[retention]\ncontent = -1", 'expected "free", "forever" or a whole number of days'),
    ],
)
def test_rules_of_markets_that_make_no_sense(more: str, line: str) -> None:
    more = more.replace("[[markets.eu.rules]]", "[[markets.eu.rules]]\nsource = 'assumed'")
    if "name =" not in more:
        more = more.replace("[[markets.eu.rules]]", '[[markets.eu.rules]]\nname = "other"')
    if "demand =" not in more:
        more = more.replace(
            "[[markets.eu.rules]]", '[[markets.eu.rules]]\ndemand = "no-cold-storage"'
        )
    (told,) = [told for told in lines_of(SMALL + MARKET + more + "\n") if line in told]
    assert told.startswith("x.toml: ")


def test_rules_of_markets_that_make_sense() -> None:
    nowhere = '[accounts.bob]\nmarket = "none"\n'
    design = parse_design(SMALL + MARKET + nowhere)
    assert parse_design(SMALL).fingerprint() == design.fingerprint()
    assert design.markets["eu"].rules[0].days == 30
