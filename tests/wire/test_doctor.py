"""`wx-backend doctor` against real servers, and against none."""

import base64

import pytest

from wx_backend.base import db
from wx_backend.entrypoints.cli import doctor
from wx_backend.entrypoints.cli.main import main


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch, mongo_uri: str, broker_url: str, tmp_path):
    key = base64.b64encode(bytes(32)).decode()
    values = {
        "WX_SECRET": "s" * 40,
        "WX_FIELD_KEYS": f"v1:{key}",
        "WX_INDEX_KEY": key,
        "WX_MONGO_URI": mongo_uri,
        "WX_BROKER_URL": broker_url,
        "WX_STATIC_DIR": str(tmp_path),
    }
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    return monkeypatch


def test_a_sound_deployment_passes(settings, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor"]) == 0
    assert "✗" not in capsys.readouterr().out


def test_an_unreachable_broker_is_named(
    settings, silent_port: int, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.setenv("WX_BROKER_URL", f"redis://127.0.0.1:{silent_port}/0")
    settings.setattr(doctor, "TIMEOUT", 1)
    assert main(["doctor"]) == 1
    assert "✗ 消息队列" in capsys.readouterr().out


def test_an_unreachable_mongod_is_named(
    settings, silent_port: int, capsys: pytest.CaptureFixture[str]
) -> None:
    uri = f"mongodb://127.0.0.1:{silent_port}/"
    settings.setenv("WX_MONGO_URI", uri)
    settings.setattr(db, "SELECTION_MS", 300)
    assert main(["doctor"]) == 1
    assert "✗ MongoDB" in capsys.readouterr().out
