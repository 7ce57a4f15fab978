"""Unsay: a formal model and property checker for message recall."""

__version__ = "0.1.0"
