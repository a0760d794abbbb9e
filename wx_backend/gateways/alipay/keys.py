"""Keys as people paste them: a PEM text, or the bare base64 of Alipay's key tool. Pure."""

import textwrap
from typing import Literal

Kind = Literal["PRIVATE KEY", "PUBLIC KEY"]


def bare(text: str) -> str:
    """The base64 of a key alone, without the lines around it and without white space."""
    return "".join(line.strip() for line in text.splitlines() if "-----" not in line)


def pem(text: str, kind: Kind) -> str:
    """The key between the lines that the library wants (protocols.md 5.2)."""
    body = "\n".join(textwrap.wrap(bare(text), 64))
    return f"-----BEGIN {kind}-----\n{body}\n-----END {kind}-----\n"
