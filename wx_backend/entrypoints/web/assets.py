"""What set-up does to front-end files, pure: font scale, icon sprite, packed copies, hashes."""

import gzip
import hashlib
import re
from collections.abc import Iterable, Mapping

import brotli

SVG = re.compile(r"<svg\b[^>]*>(?P<inside>.*)</svg>", re.DOTALL)
BLANK = re.compile(r'<path\s+stroke="none"\s+d="M0 0h24v24H0z"\s+fill="none"\s*/>')
PX_FONT = re.compile(r"font-size:\s*([1-9]\d*(?:\.\d+)?)px")
WORTH_PACKING = frozenset({".css", ".js", ".svg", ".json"})


def scale_fonts(css: str) -> str:
    """Fonts in px follow the factor `--k`, so that care mode enlarges WeUI too."""
    return PX_FONT.sub(r"font-size:calc(\1px*var(--k,1))", css)


def icon_names(text: str) -> list[str]:
    """Names in icons.txt: one a line, `#` starts a comment; sorted, each once."""
    lines = (line.partition("#")[0].strip() for line in text.splitlines())
    return sorted({line for line in lines if line})


def sprite(icons: Mapping[str, str], source: str) -> str:
    """One SVG with a symbol for each icon (name -> SVG text); CSS gives colour and stroke."""
    symbols = []
    for name, svg in icons.items():
        found = SVG.search(svg)
        if found is None:
            raise ValueError(f"icon {name} is not an SVG")
        inside = " ".join(BLANK.sub("", found["inside"]).split())
        symbols.append(f'<symbol id="{name}" viewBox="0 0 24 24">{inside}</symbol>')
    body = "\n".join(symbols)
    return f'<svg xmlns="http://www.w3.org/2000/svg">\n<!-- {source} -->\n{body}\n</svg>\n'


def packed(content: bytes) -> dict[str, bytes]:
    """The same bytes compressed: suffix -> bytes, only where that is smaller."""
    copies = {
        ".br": brotli.compress(content, quality=11),
        ".gz": gzip.compress(content, compresslevel=9, mtime=0),
    }
    return {suffix: copy for suffix, copy in copies.items() if len(copy) < len(content)}


def digest(contents: Iterable[bytes]) -> str:
    """Content hash, 16 hex digits, of one or several files in order."""
    total = hashlib.sha256()
    for content in contents:
        total.update(hashlib.sha256(content).digest())
    return total.hexdigest()[:16]
