import pytest

from wx_backend.base.masking import mask_id_no, mask_name, mask_phone


@pytest.mark.parametrize(
    ("name", "masked"),
    [("", ""), ("张", "张"), ("张三", "张*"), ("张小三", "张*三"), ("欧阳小三", "欧**三")],
)
def test_names(name, masked):
    assert mask_name(name) == masked


def test_numbers():
    assert mask_id_no("110105194912310021") == "110105********0021"
    assert mask_phone("13800138000") == "138****8000"


@pytest.mark.parametrize("mask", [mask_id_no, mask_phone])
def test_a_short_number_shows_at_most_one_character(mask):
    assert mask("1234") == "***4"
    assert mask("7") == "*"
    assert mask("") == ""
