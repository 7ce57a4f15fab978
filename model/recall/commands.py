"""What users do, and what the sender is told."""

from __future__ import annotations

from unsay.model.design import Design
from unsay.model.language import Bool, Kind, Layer, all_of, exists, forall, implies
from unsay.model.recall import links, routing, storage
from unsay.model.recall.routing import acked, awaited, carried_out, refusal, tracked
from unsay.model.recall.vocabulary import (
    Act,
    Command,
    Message,
    Node,
    Nth,
    RecallRule,
    Told,
    act,
    by_admin,
    delivery,
    follows,
    forged,
    may_retry,
    origin,
    target,
    version,
)

commands: Layer[Design] = Layer("commands", "User acts, and the answer that the sender gets.")

issued = commands.state("issued", Command, to=Bool, says="The user has issued the command.")
told = commands.state(
    "told", Command, to=Told, says="What the sender has been told about the recall."
)
closed = commands.state("closed", Message, to=Bool, says="The message is too old to be recalled.")

b = Command.variable("b")
j = Nth.variable("j")
w = Node.variable("w")


@commands.rule(Kind.ACT, at="v")
def issue(rule: RecallRule, c: Command, v: Node) -> None:
    """The sender issues command c: its home node v applies it and sends it on its way."""
    rule.guard(here=v == origin[target[c]], not_yet=~issued[c])
    if rule.design.faults.forgery:
        rule.guard(genuine=~forged[c])
    rule.guard(in_turn=forall(b, implies(follows[c, b], issued[b])))
    if rule.design.lifetimes.ends("window"):
        in_time = (act[c] != Act.recall) | ~closed[target[c]]
        rule.guard(in_time=in_time | by_admin[c] if rule.design.admins else in_time)
    rule.update(issued[c], to=True)
    taken = storage.keep(rule, c, v, all_of())
    if rule.design.policies.dispatch == "tracked":
        rule.update(tracked[target[c], v], to=True)
    routing.send_on(rule, c, v, taken.applies)
    routing.dispatch_recall(rule, c, v, all_of())
    if rule.design.policies.confirm == "on-send":
        rule.update(told[c], to=Told.done, where=act[c] == Act.recall)


@commands.rule(Kind.FAULT, at="v", when=lambda d: d.lifetimes.ends("window"))
def close(rule: RecallRule, m: Message, v: Node) -> None:
    """At node v, the time ends in which message m may be recalled."""
    rule.guard(here=v == origin[m], open=~closed[m])
    rule.guard(sent=exists(b, (target[b] == m) & issued[b]))
    rule.update(closed[m], to=True)


@commands.rule(Kind.PROGRESS, at="v", when=lambda d: d.policies.confirm != "on-send")
def confirm(rule: RecallRule, c: Command, v: Node) -> None:
    """The sender, at its home node v, is told that recall c is done."""
    rule.guard(waiting=waiting(c), here=v == origin[target[c]])
    rule.guard(done_at_home=carried_out(rule, c, v))
    someone_else = exists(w, awaited(rule, c, w))
    if rule.design.policies.confirm == "any-acked":
        rule.guard(some_acked=exists(w, answered(c, w)) | ~someone_else)
    else:
        rule.guard(all_acked=forall(w, implies(awaited(rule, c, w), answered(c, w))))
    rule.update(told[c], to=Told.done)


def may_give_up(design: Design) -> bool:
    """Whether a recall of ``design`` can run out of tries."""
    return design.policies.retry != "until-acked" or design.lifetimes.ends("retry_horizon")


@commands.rule(Kind.PROGRESS, at="v", when=may_give_up)
def give_up(rule: RecallRule, c: Command, v: Node) -> None:
    """The sender, at its home node v, is told that recall c failed: no try is left."""
    rule.guard(waiting=waiting(c), here=v == origin[target[c]])
    rule.guard(some_unacked=exists(w, awaited(rule, c, w) & ~answered(c, w)))
    if rule.design.policies.retry == "until-acked":
        rule.guard(out_of_time=routing.ended[c])
    elif rule.design.policies.retry == "limited":
        used_up = forall(j, implies(may_retry[j], routing.tried[c, w, j]))
        rule.guard(out_of_tries=forall(w, implies(routing.retriable(rule, c, w), used_up)))
    rule.update(told[c], to=Told.failed)


@commands.rule(Kind.PROGRESS, at="v", when=lambda d: d.policies.patience == "limited")
def wait_no_longer(rule: RecallRule, c: Command, v: Node) -> None:
    """The sender, at its home node v, is told that recall c failed: it has taken too long."""
    rule.guard(waiting=waiting(c), here=v == origin[target[c]])
    some_unacked = exists(w, awaited(rule, c, w) & ~answered(c, w))
    rule.guard(not_done=some_unacked | ~carried_out(rule, c, v))
    rule.update(told[c], to=Told.failed)


@commands.rule(
    Kind.PROGRESS,
    at="u",
    when=lambda d: d.policies.repeat_answer == "error",
    fairness=delivery,
)
def hear_refusal(rule: RecallRule, c: Command, v: Node, u: Node) -> None:
    """Node v's error answer to command c reaches the origin u, which reports a failure."""
    rule.guard(in_flight=refusal[c, v], here=u == origin[target[c]])
    links.guard_reach(rule, u, v)
    rule.update(refusal[c, v], to=False)
    rule.update(told[c], to=Told.refused, where=waiting(c))


def answered(c: Command, w: Node) -> Bool:
    """Node ``w`` has acknowledged ``c``, or a newer command that supersedes it there."""
    same_or_newer = (target[b] == target[c]) & (version[b] >= version[c])
    return exists(b, same_or_newer & acked[b, w])


def waiting(c: Command) -> Bool:
    """Recall ``c`` is out and its sender has been told nothing yet."""
    return issued[c] & (act[c] == Act.recall) & (told[c] == Told.waiting)
