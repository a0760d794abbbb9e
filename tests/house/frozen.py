"""Events as their versions once were: ``events/<name>.v<version>.json``, never changed again.

Events are stored for longer than a version of the program lives. A changed shape of ``data``
therefore needs a new version and an upcaster from the one before. (A version that no release has
carried yet may be frozen anew: delete its file and run script/docs.)
"""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bson import json_util

from tests.house.source import ROOT
from wx_backend.base.events import EventType, load
from wx_backend.entrypoints import wiring

FOLDER = Path(__file__).parent / "events"
OPTIONS = json_util.JSONOptions(json_mode=json_util.JSONMode.RELAXED, tz_aware=True, tzinfo=UTC)


def path_of(kind: EventType, version: int) -> Path:
    return FOLDER / f"{kind.name}.v{version}.json"


def dump(data: dict[str, Any]) -> str:
    """As the database would keep it. Raises TypeError for what BSON cannot hold."""
    return json_util.dumps(data, json_options=OPTIONS, indent=2, ensure_ascii=False) + "\n"


def read(path: Path) -> dict[str, Any]:
    return json_util.loads(path.read_text("utf-8"), json_options=OPTIONS)


def shape(value: Any) -> Any:
    """Names and types, without the values."""
    if isinstance(value, dict):
        return {name: shape(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [shape(value[0])] if value else []
    return type(value).__name__


def today(kind: EventType, version: int, data: dict[str, Any]) -> dict[str, Any]:
    """Data of an old version as this program reads it."""
    when = datetime(2026, 11, 24, tzinfo=UTC)
    names = dict.fromkeys(("id", "inst", "subject", "actor", "trace"), "")
    stored = {**names, "type": kind.name, "v": version, "at": when, "data": data}
    return load(stored, {kind.name: kind}).data


def problems(kind: EventType, examples: dict[int, dict[str, Any]]) -> list[str]:
    """What is wrong with an event, given the frozen example of each of its versions."""
    missing = sorted({*range(1, kind.version + 1)} - set(examples))
    found = [f"{kind.name} v{version} is not frozen; run script/docs" for version in missing]
    for version, data in sorted(examples.items()):
        if version > kind.version:
            found.append(f"{kind.name} v{version} is frozen, but the program knows v{kind.version}")
        elif version < kind.version and version not in kind.upcasters:
            found.append(f"{kind.name} v{version} has no upcaster to v{version + 1}")
        elif shape(today(kind, version, data)) != shape(kind.example):
            found.append(f"{kind.name} v{version} reads as another shape; raise the version")
    return found


def examples(kind: EventType) -> dict[int, dict[str, Any]]:
    """The frozen examples of an event by version."""
    paths = FOLDER.glob(f"{kind.name}.v*.json")
    return {int(path.stem.rpartition(".v")[2]): read(path) for path in paths}


def write() -> list[str]:
    """Freezes newest versions that are not frozen yet; which files that made."""
    paths = [(path_of(kind, kind.version), kind.example) for kind in wiring.events()]
    fresh = [(path, example) for path, example in paths if not path.exists()]
    for path, example in fresh:
        path.parent.mkdir(exist_ok=True)
        path.write_text(dump(example), "utf-8")
    return [path.relative_to(ROOT).as_posix() for path, _ in fresh]
