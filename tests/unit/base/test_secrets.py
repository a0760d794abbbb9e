import pytest
from cryptography.hazmat.primitives import hashes
from hypothesis import given
from hypothesis import strategies as st

from wx_backend.base.secrets import SUITES, Unreadable, Vault

KEYS = {"v1": b"1" * 32, "v2": b"2" * 32, "v10": b"9" * 32}
AAD = "patients.id_no:pat1"


@pytest.fixture(params=sorted(SUITES))
def vault(request):
    return Vault(KEYS, b"i" * 32, request.param)


@given(text=st.text())
@pytest.mark.parametrize("suite", sorted(SUITES))
def test_what_is_sealed_opens(suite, text):
    vault = Vault(KEYS, b"i" * 32, suite)
    assert vault.open(vault.seal(text, AAD), AAD) == text


def test_the_newest_key_seals_and_no_two_seals_are_alike(vault):
    one, other = vault.seal("张三", AAD), vault.seal("张三", AAD)
    assert one.startswith("v10.")
    assert one != other


def test_an_old_key_still_opens_after_rotation(vault):
    old = Vault({"v1": KEYS["v1"]}, b"i" * 32, "aes").seal("张三", AAD)
    assert Vault(KEYS, b"i" * 32).open(old, AAD) == "张三"


def test_a_value_does_not_open_in_another_place(vault):
    with pytest.raises(Unreadable):
        vault.open(vault.seal("张三", AAD), "patients.id_no:pat2")


def test_every_changed_character_is_noticed(vault):
    token = vault.seal("110105194912310021", AAD)
    for place in range(len("v10."), len(token) - 1):
        changed = token[:place] + ("A" if token[place] != "A" else "B") + token[place + 1 :]
        with pytest.raises(Unreadable):
            vault.open(changed, AAD)


@pytest.mark.parametrize("token", ["", "v10", "v10.", "v10.AAAA", "v3.AAAA", "junk", "v10.汉字"])
def test_junk_is_unreadable_and_nothing_else(vault, token):
    with pytest.raises(Unreadable):
        vault.open(token, AAD)


def test_suites_do_not_open_each_other():
    token = Vault(KEYS, b"i" * 32, "aes").seal("x", AAD)
    with pytest.raises(Unreadable):
        Vault(KEYS, b"i" * 32, "sm4").open(token, AAD)


def test_blind_gives_one_hash_for_each_key_newest_first(vault):
    found = vault.blind("13800138000", "phone")
    assert [entry.split(":")[0] for entry in found] == ["v10", "v2", "v1"]
    assert found == vault.blind("13800138000", "phone")
    assert len({entry.split(":")[1] for entry in found}) == 3
    assert not set(found) & set(vault.blind("13800138000", "id_no"))
    assert not set(found) & set(vault.blind("13800138001", "phone"))


def test_a_value_blinded_before_a_rotation_is_found_after_it():
    before = Vault({"v1": KEYS["v1"]}, b"i" * 32).blind("x", "phone")
    assert set(before) <= set(Vault(KEYS, b"i" * 32).blind("x", "phone"))


def test_purpose_and_value_cannot_run_into_each_other(vault):
    assert vault.blind("bc", "a") != vault.blind("c", "ab")


@pytest.mark.parametrize(
    ("keys", "index"),
    [({}, b"i" * 32), ({"one": b"1" * 32}, b"i" * 32), ({"v1": b"1"}, b"i" * 32), (KEYS, b"")],
)
def test_wrong_keys_stop_the_start(keys, index):
    with pytest.raises(ValueError):
        Vault(keys, index)


def test_the_library_knows_the_national_hash():
    """GB/T 32905 example 1."""
    digest = hashes.Hash(hashes.SM3())
    digest.update(b"abc")
    assert digest.finalize().hex() == (
        "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"
    )


def test_hmac_sha256_matches_rfc_4231_case_2():
    assert SUITES["aes"].mac(b"Jefe", b"what do ya want for nothing?").hex() == (
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    )
