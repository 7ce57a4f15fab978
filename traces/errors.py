"""The one error of this package."""


class TraceError(Exception):
    """A trace that cannot be read, written or trusted. The message is one printable line."""
