"""How wide each character of a font is: the three tables of a TrueType file that say so.

Two numbers per character are all that is needed, for two files that come with the package, so
they are read here rather than with a library for all of fonts.
"""

from __future__ import annotations

import struct


def advances(font: bytes) -> dict[int, float]:
    """The advance width of each character, by code, as a part of the font size.

    Args:
        font: A TrueType file with a Unicode ``cmap`` of format 4 (all of the basic plane).

    Raises:
        ValueError: it is no such file.
    """
    try:
        tables = _tables(font)
        units = _unsigned(font, tables["head"] + 18)
        metrics = _unsigned(font, tables["hhea"] + 34)
        widths = [_unsigned(font, tables["hmtx"] + 4 * i) for i in range(metrics)]
        glyphs = _glyphs(font, tables["cmap"])
    except (struct.error, KeyError, IndexError) as error:
        raise ValueError(f"not a TrueType font with a Unicode cmap: {error!r}") from None
    # All glyphs after the last one with a width of its own share that width.
    return {code: widths[min(glyph, metrics - 1)] / units for code, glyph in glyphs.items()}


def _tables(font: bytes) -> dict[str, int]:
    """Where each table begins."""
    found = {}
    for i in range(_unsigned(font, 4)):
        tag, _, offset, _ = struct.unpack_from(">4sLLL", font, 12 + 16 * i)
        found[tag.decode("latin-1")] = offset
    return found


def _glyphs(font: bytes, cmap: int) -> dict[int, int]:
    """The glyph of each character, from a ``cmap`` subtable of format 4."""
    for i in range(_unsigned(font, cmap + 2)):
        _, _, offset = struct.unpack_from(">HHL", font, cmap + 4 + 8 * i)
        if _unsigned(font, cmap + offset) == 4:
            return _segments(font, cmap + offset)
    raise KeyError("cmap of format 4")


def _segments(font: bytes, start: int) -> dict[int, int]:
    """Format 4: parallel arrays of last codes, first codes, deltas, and offsets into glyphs."""
    count = _unsigned(font, start + 6) // 2
    lasts, firsts = start + 14, start + 16 + 2 * count
    deltas, offsets = firsts + 2 * count, firsts + 4 * count
    found = {}
    for i in range(count):
        last, first = _unsigned(font, lasts + 2 * i), _unsigned(font, firsts + 2 * i)
        delta, offset = _unsigned(font, deltas + 2 * i), _unsigned(font, offsets + 2 * i)
        for code in range(first, last + 1):
            glyph = code
            if offset:
                glyph = _unsigned(font, offsets + 2 * i + offset + 2 * (code - first))
            if (glyph or not offset) and (glyph + delta) % 65536:
                found[code] = (glyph + delta) % 65536
    return found


def _unsigned(font: bytes, offset: int) -> int:
    value: int = struct.unpack_from(">H", font, offset)[0]
    return value
