"""deploy/: what it says of the program is so. Commands exist, times agree, metrics are ours."""

import re
import shlex
from collections.abc import Iterator
from configparser import ConfigParser
from pathlib import Path

from tests.house.source import ROOT
from wx_backend.base import metrics
from wx_backend.base.settings import Settings
from wx_backend.entrypoints import app
from wx_backend.entrypoints.cli import main
from wx_backend.entrypoints.interfaces import mllp_server
from wx_backend.gateways.wechat_pay import callback

DEPLOY = ROOT / "deploy"
PROGRAM = ".venv/bin/wx-backend"
SETTINGS = {f"WX_{name.upper()}" for name in Settings.__struct_fields__}
SECRET = {"WX_SECRET", "WX_FIELD_KEYS", "WX_INDEX_KEY", "WX_AUDIT_KEYS", "WX_MONGO_URI"}
GRACE = {"wx-web@.service": app.DRAIN_SECONDS, "wx-gateway.service": mllp_server.GRACE_SECONDS}
"""Seconds a process takes to stop, by its unit."""


class Unit(ConfigParser):
    """A unit's file; of keys that come again the last one counts."""

    def __init__(self, file: Path):
        super().__init__(strict=False, interpolation=None, delimiters=("=",), allow_no_value=True)
        self.optionxform = str  # type: ignore[method-assign]
        self.read(file, "utf-8")


def units() -> dict[str, Unit]:
    return {file.name: Unit(file) for file in (DEPLOY / "systemd").glob("*.service")}


def wrong_commands(found: dict[str, Unit]) -> Iterator[str]:
    """What the program itself says of each command line."""
    for name, unit in found.items():
        words = shlex.split(unit["Service"]["ExecStart"])
        while words[0].endswith("/env") or "=" in words[0]:
            words.pop(0)
        program, *arguments = words
        if not program.endswith(PROGRAM):
            yield f"{name} starts {program}"
        try:
            main.parser().parse_args(arguments)
        except SystemExit:
            yield f"{name}: wx-backend {' '.join(arguments)}"


def unknown_metrics(rules: str) -> Iterator[str]:
    """Names and labels in rules that the program does not have."""
    ours = {metric._name: metric for metric in vars(metrics).values() if hasattr(metric, "_name")}
    for name, labels in re.findall(r"\b(wx_\w+)(?:\{([^}]*)\})?", rules):
        plain = re.sub(r"_(total|bucket|count|sum)$", "", name)
        if plain not in ours:
            yield name
            continue
        asked = set(re.findall(r"(\w+)[=!]~?\"", labels))
        yield from (f"{name}{{{one}}}" for one in asked - set(ours[plain]._labelnames))


def test_units_start_commands_that_are_there(capsys) -> None:
    found = units()
    assert list(wrong_commands(found)) == [], capsys.readouterr().err
    assert len(found) >= 5
    broken = Unit(DEPLOY / "systemd" / "wx-worker.service")
    broken["Service"]["ExecStart"] = f"/opt/{PROGRAM} worker --lane every"
    assert list(wrong_commands({"x": broken})) == ["x: wx-backend worker --lane every"]


def test_units_wait_as_long_as_the_program_needs_to_stop() -> None:
    for name, seconds in GRACE.items():
        assert int(units()[name]["Service"]["TimeoutStopSec"]) > seconds


def test_settings_and_secrets_are_those_of_the_program() -> None:
    folder = DEPLOY / "systemd"
    sample = set(re.findall(r"^#?(WX_\w+)=", (folder / "wx-backend.env").read_text("utf-8"), re.M))
    common = (folder / "wx-.service.d" / "common.conf").read_text("utf-8")
    credentials = set(re.findall(r"^LoadCredential=(WX_\w+):", common, re.M))
    assert sample | credentials <= SETTINGS
    assert credentials >= SECRET
    assert not sample & credentials


def test_the_proxy_takes_as_much_as_the_program() -> None:
    text = (DEPLOY / "nginx" / "wx-backend.conf").read_text("utf-8")
    sizes = re.findall(r"client_max_body_size (\d+)([km]);", text)
    assert [int(n) << {"k": 10, "m": 20}[unit] for n, unit in sizes] == [
        app.BODY_LIMIT, callback.LARGEST
    ]  # fmt: skip


def test_nobody_says_from_outside_who_they_are() -> None:
    told = (DEPLOY / "nginx" / "wx-proxy.inc").read_text("utf-8")
    given = dict(re.findall(r"^proxy_set_header (\S+) +(\S+);", told, re.M))
    believed = ("X-Real-IP", "X-Forwarded-For", "X-Forwarded-Proto", "X-Scheme", "X-Request-ID")
    for name in believed:  # Tornado's, and the program's own (base/handler.py)
        assert not given[name].startswith("$http_")


def test_alarms_are_about_metrics_of_the_program() -> None:
    rules = (DEPLOY / "prometheus" / "wx-rules.yml").read_text("utf-8")
    assert list(unknown_metrics(rules)) == []
    assert len(re.findall(r"^      - alert: ", rules, re.M)) == len(re.findall("summary: ", rules))
    made_up = 'wx_nothing_total > 1 and wx_sweeps_total{colour="red"} > 1'
    assert list(unknown_metrics(made_up)) == ["wx_nothing_total", "wx_sweeps_total{colour}"]
