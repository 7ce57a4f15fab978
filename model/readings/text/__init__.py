"""Readings as text, for checkers that are not ours.

A person who does not trust our engines, or wants what another tool can do, gets the same rules in
that tool's language: ``tla`` at the level of ours, with sorts and quantifiers; ``promela`` and
``smv`` spelt out for the design; ``smtlib`` as runs of bounded length. Nothing is restated by
hand: each file here turns terms and rules into text and knows nothing about recall.
"""
