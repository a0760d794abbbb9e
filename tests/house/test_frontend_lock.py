"""Front-end packages are pinned and checked, and come from whatever registry the machine uses."""

import json
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
EXACT = re.compile(r"\d+\.\d+\.\d+")


def _lock() -> dict:
    return json.loads((ROOT / "package-lock.json").read_text())


def test_every_version_is_exact() -> None:
    package = json.loads((ROOT / "package.json").read_text())
    versions = {**package["dependencies"], **package["devDependencies"]}
    assert versions
    assert not [name for name, version in versions.items() if not EXACT.fullmatch(version)]


def test_every_package_has_an_integrity_hash_and_no_download_address() -> None:
    packages = {name: entry for name, entry in _lock()["packages"].items() if name}
    assert packages
    assert not [name for name, entry in packages.items() if "integrity" not in entry]
    assert not [name for name, entry in packages.items() if "resolved" in entry]
