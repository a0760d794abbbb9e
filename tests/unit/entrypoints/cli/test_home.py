"""A demo's folder belongs to one demo; its secrets stay until its data goes."""

import base64
import os
from pathlib import Path

import pytest

from wx_backend.entrypoints.cli.home import DATA, Home, HomeInUse


def test_a_second_demo_is_told_who_was_first(tmp_path: Path) -> None:
    with Home(tmp_path), pytest.raises(HomeInUse, match=str(os.getpid())), Home(tmp_path):
        pass


def test_the_folder_is_free_again_afterwards(tmp_path: Path) -> None:
    with Home(tmp_path):
        pass
    with Home(tmp_path) as home:
        assert home.path == tmp_path


def test_secrets_are_made_once_strong_and_private(tmp_path: Path) -> None:
    made = Home(tmp_path).secrets()
    assert made == Home(tmp_path).secrets()
    assert len(made["WX_SECRET"]) >= 32
    assert len(base64.b64decode(made["WX_FIELD_KEYS"].removeprefix("v1:"))) == 32
    assert len(base64.b64decode(made["WX_INDEX_KEY"])) == 32
    assert (tmp_path / "demo.env").stat().st_mode & 0o777 == 0o600


def test_a_fresh_start_drops_data_and_secrets_but_nothing_else(tmp_path: Path) -> None:
    home = Home(tmp_path)
    secret = home.secrets()
    (tmp_path / "mongod").mkdir()
    (tmp_path / "mongod" / "x.wt").touch()
    (tmp_path / "notes.txt").touch()
    home.wipe()
    assert not any((tmp_path / name).exists() for name in DATA)
    assert (tmp_path / "notes.txt").exists()
    assert home.secrets() != secret
