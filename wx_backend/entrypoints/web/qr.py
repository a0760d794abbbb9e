"""QR codes as pictures inside a page: the one home of ``segno``."""

import segno

QUIET = 2
"""Modules of white around the code, so that it is also read on a dark ground."""


def picture(text: str, scale: int = 5) -> str:
    """A ``data:`` address of an SVG with ``scale`` pixels a module; a torn corner is still read
    (error correction M, 15 %).
    """
    return segno.make(text, error="m").svg_data_uri(scale=scale, border=QUIET)
