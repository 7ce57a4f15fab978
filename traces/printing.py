"""Characters that a format cannot hold, replaced by one that it can."""

from __future__ import annotations

import re

# What XML 1.0 has no way to say, not even escaped: most controls, lone surrogates, U+FFFE/F.
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def xml_text(text: str) -> str:
    """``text`` without characters that no XML document may contain."""
    return _NOT_XML.sub("\ufffd", text)


def one_line(text: str) -> str:
    """``text`` with every run of blanks and line ends as one space."""
    return " ".join(text.split())
