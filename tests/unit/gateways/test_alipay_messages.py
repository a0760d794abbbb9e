"""Messages at Alipay: what is asked, and what each answer means."""

import json

import pytest

from wx_backend.gateways.alipay import messages
from wx_backend.gateways.alipay.port import LifeMessage, MiniMessage
from wx_backend.gateways.sending import SendInvalid, SendLater, SendRefused, SendUnknown

OPEN_ID, USER_ID = "074a1CcTG1LelxKe4xQC0zgNdId0nxi95b5lsNpazWYoCo5", "2088102177846880"


def test_either_name_of_a_person_has_its_own_field():
    asked = {"template_id": "t", "first": "预约成功", "keywords": ("张*丰", "内科")}
    new, old = (messages.life(LifeMessage(openid=one, **asked)) for one in (OPEN_ID, USER_ID))
    assert (new["to_open_id"], old["to_user_id"]) == (OPEN_ID, USER_ID)
    context = new["template"]["context"]
    assert [context[name]["value"] for name in ("first", "keyword1", "keyword2")] == [
        "预约成功", "张*丰", "内科",
    ]  # fmt: skip
    assert "url" not in context and "action_name" not in context


def test_the_mini_programs_data_is_a_text_of_limited_length():
    def asked(*keywords: str) -> dict:
        return messages.mini(
            MiniMessage(openid=OPEN_ID, template_id="t", keywords=keywords, page="pages/web/index")
        )

    assert json.loads(asked("内科")["data"]) == {"keyword1": {"value": "内科"}}
    with pytest.raises(SendInvalid):
        asked("长" * 2100)


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ({"code": "40004", "sub_code": "USER_NOT_SUBSCRIBE"}, SendRefused),
        ({"code": "40003", "sub_code": "x"}, SendRefused),
        ({"code": "40002", "sub_code": "isv.invalid-parameter"}, SendInvalid),
        ({"code": "40001", "sub_code": "isv.missing-method"}, SendInvalid),
        ({"code": "40002", "sub_code": "isv.invalid-signature", "unsigned": True}, SendLater),
        ({"code": "40005", "sub_code": "isv.app-call-limited"}, SendLater),
        ({"code": "40006", "sub_code": "isv.insufficient-isv-permissions"}, SendLater),
        ({"code": "20001", "sub_code": "aop.invalid-auth-token"}, SendLater),
        ({"code": "20000", "sub_code": "isp.unknow-error"}, SendUnknown),
        ({"code": "10000", "unsigned": True}, SendUnknown),
        ({}, SendUnknown),
    ],
)
def test_each_answer_has_one_meaning(answer, error):
    with pytest.raises(error) as caught:
        messages.sent(answer)
    assert type(caught.value) is error


def test_a_signed_yes_is_one():
    messages.sent({"code": "10000", "msg": "Success"})
