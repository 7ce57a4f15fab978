"""Proof at any size: lemmas found by search, every one checked by Z3."""
