"""The command line: every command is there and explains itself; failures are words, not traces."""

import pytest

from wx_backend.entrypoints import worker
from wx_backend.entrypoints.cli import main


@pytest.mark.parametrize(
    "name", ["demo", "serve", "worker", "beat", "sandbox", "indexes", "doctor"]
)
def test_every_command_explains_itself(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main.main([name, "--help"])
    assert ended.value.code == 0
    assert main.COMMANDS[name].HELP[:4] in capsys.readouterr().out


def test_an_unknown_command_is_refused() -> None:
    with pytest.raises(SystemExit) as ended:
        main.main(["dance"])
    assert ended.value.code == 2


def test_doctor_names_each_missing_setting(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("WX_SECRET", "WX_FIELD_KEYS", "WX_INDEX_KEY", "WX_MONGO_URI"):
        monkeypatch.delenv(name, raising=False)
    assert main.main(["doctor"]) == 1
    out = capsys.readouterr().out
    assert all(name in out for name in ("WX_SECRET", "WX_FIELD_KEYS", "WX_MONGO_URI"))


def test_a_bad_setting_is_told_without_a_trace(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("WX_PORT", "eighty")
    assert main.main(["indexes"]) == 1
    assert "port" in capsys.readouterr().err


@pytest.mark.parametrize(("name", "runs"), [("worker", "run_worker"), ("beat", "run_beat")])
def test_what_follows_two_dashes_is_celerys(
    name: str, runs: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[object] = []
    monkeypatch.setattr(worker, runs, lambda *arguments: given.extend(arguments))
    assert main.main([name, "--", "--loglevel=DEBUG"]) == 0
    assert given[0] == ["--loglevel=DEBUG"]
