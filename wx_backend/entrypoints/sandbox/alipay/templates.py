"""Templates at Alipay: those of WeChat under ids of its own, their fields numbered `keyword1`, ….
Pure.
"""

import hashlib

from wx_backend.entrypoints.sandbox import template_rules

MINI = "mini/"


def template_id(name: str) -> str:
    """The platform's id of a template; of the mini-program's under `mini/<name>`."""
    return hashlib.sha256(f"alipay template:{name}".encode()).hexdigest()[:32]


def ids() -> dict[str, str]:
    """Every template's id by name."""
    names = [one.name for one in template_rules.load().values()]
    return {name: template_id(name) for name in (*names, *(f"{MINI}{one}" for one in names))}
