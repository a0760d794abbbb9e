"""Settings are read once, typed, and production refuses what belongs to a sandbox."""

import base64

import pytest

from wx_backend.base.settings import OFFICIAL_HOSTS, BadSettings, Settings, describe, load

KEY = base64.b64encode(bytes(32)).decode()
GOOD = {
    "WX_SECRET": "x" * 32,
    "WX_FIELD_KEYS": f"v2:{KEY},v1:{KEY}",
    "WX_INDEX_KEY": KEY,
    "WX_MONGO_URI": "mongodb://127.0.0.1/?replicaSet=rs",
}
REAL = {
    **GOOD,
    "WX_ENV": "production",
    "WX_PUBLIC_URL": "https://hospital.example",
    "WX_AUDIT_KEYS": f"k1:{KEY}",
    "WX_AUDIT_DIR": "/srv/audit",
}


def test_values_are_typed_and_defaults_fill_the_rest():
    settings = load({**GOOD, "WX_PORT": "8123", "WX_VIEW_SECONDS": "0.5", "OTHER": "ignored"})
    assert (settings.port, settings.view_seconds, settings.env) == (8123, 0.5, "demo")
    assert list(settings.encryption_keys()) == ["v2", "v1"]


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"WX_PORT": "eighty"}, "port"),
        ({"WX_ENV": "staging"}, "env"),
        ({"WX_SECRET": "short"}, "WX_SECRET"),
        ({"WX_MONGO_URI": ""}, "WX_MONGO_URI"),
        ({"WX_INDEX_KEY": ""}, "WX_INDEX_KEY"),
    ],
)
def test_a_wrong_value_is_named(change, word):
    with pytest.raises(BadSettings, match=word):
        load({**GOOD, **change})


def test_secrets_come_as_credentials_unless_a_variable_says_otherwise(tmp_path):
    (tmp_path / "WX_SECRET").write_text("s" * 32 + "\n")
    (tmp_path / "WX_PORT").write_text("9000\n")
    rest = {name: value for name, value in GOOD.items() if name != "WX_SECRET"}
    found = load({**rest, "CREDENTIALS_DIRECTORY": str(tmp_path), "WX_PORT": "8123"})
    assert (found.secret, found.port) == ("s" * 32, 8123)
    with pytest.raises(BadSettings, match="WX_SECRET is not set"):
        load({**rest, "CREDENTIALS_DIRECTORY": str(tmp_path / "empty")})


def test_production_with_official_hosts_starts():
    assert load(REAL).env == "production"


@pytest.mark.parametrize(
    "change",
    [
        *({f"WX_{name.upper()}": "http://127.0.0.1:9000"} for name in OFFICIAL_HOSTS),
        {"WX_PUBLIC_URL": "http://hospital.example"},
        {"WX_CRASH_AFTER_WRITES": "3"},
        {"WX_AUDIT_KEYS": ""},
        {"WX_AUDIT_DIR": ""},
    ],
)
def test_production_refuses_what_is_not_for_it(change):
    with pytest.raises(BadSettings, match="production"):
        load({**REAL, **change})


def test_every_setting_has_a_meaning():
    rows = describe()
    assert len(rows) == len(Settings.__struct_fields__)
    assert all(meaning for *_, meaning in rows)
