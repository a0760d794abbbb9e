"""docs/settings.md: the environment variables of a process and the parameters of a hospital."""

from tests.house.pages.table import code, table
from wx_backend.base import settings
from wx_backend.directory.settings.model import LEVELS, PARAMETERS, Parameter
from wx_backend.directory.settings.reach import levels

HEAD = """# Settings of a process

Environment variables, read once at the start (`wx_backend/base/settings.py`). Where systemd starts
the process, a file of the same name handed over with `LoadCredential=` does as well: for what is
secret.

"""
PARAMETERS_HEAD = """# Parameters of a hospital

Changed while the program runs, proposed by one person and approved by another; the most specific
level wins: hospital, campus, department, clinic type, doctor (`wx_backend/directory/settings/`).

"""


def page() -> str:
    variables = [
        [code(name), kind, code(given), words] for name, kind, given, words in settings.describe()
    ]
    parameters = [
        [code(name), p.meaning, code(p.default), p.unit, _range(p), _where(name), p.source]
        for name, p in PARAMETERS.items()
    ]
    return (
        HEAD
        + table(["variable", "type", "default", "meaning"], variables)
        + PARAMETERS_HEAD
        + table(
            ["parameter", "meaning", "default", "unit", "range", "set for", "source"], parameters
        )
    )


def _where(name: str) -> str:
    known = levels(name)
    return "any level" if known == LEVELS else ", ".join(known).replace("_", " ")


def _range(parameter: Parameter) -> str:
    if parameter.letters:
        return f"up to {parameter.letters} characters"
    if isinstance(parameter.default, str):
        return "00:00 to 24:00" if parameter.ends else "00:00 to 23:59"
    return f"{parameter.least} to {parameter.most}"
