from wx_backend.gateways.wecom.cards import template_card
from wx_backend.gateways.wecom.port import Button, Card, Choice

PLAIN = Card(task_id="t1", title="危急值", url="https://h.example.com/c/1")


def test_a_card_without_buttons_only_tells():
    assert template_card(PLAIN) == {
        "card_type": "text_notice",
        "main_title": {"title": "危急值"},
        "card_action": {"type": 1, "url": "https://h.example.com/c/1"},
        "task_id": "t1",
    }


def test_a_card_with_everything():
    card = Card(
        task_id="t1",
        title="危急值",
        subtitle="待确认",
        text="请打开页面复读",
        url="https://h.example.com/c/1",
        source="检验科",
        source_color=2,
        fields=(("患者", "张*国"), ("床位", "12 床")),
        choice=Choice(key="k", title="血钾", options={"a": "6.82", "b": "8.62"}, selected="a"),
        buttons=(
            Button(text="收到", key="got"),
            Button(text="打开", url="https://h.example.com", style=2),
        ),
        closed="何志远 已确认",
    )
    assert template_card(card) == {
        "card_type": "button_interaction",
        "source": {"desc": "检验科", "desc_color": 2},
        "main_title": {"title": "危急值", "desc": "待确认"},
        "sub_title_text": "请打开页面复读",
        "horizontal_content_list": [
            {"keyname": "患者", "value": "张*国"},
            {"keyname": "床位", "value": "12 床"},
        ],
        "card_action": {"type": 1, "url": "https://h.example.com/c/1"},
        "task_id": "t1",
        "button_selection": {
            "question_key": "k",
            "title": "血钾",
            "option_list": [{"id": "a", "text": "6.82"}, {"id": "b", "text": "8.62"}],
            "selected_id": "a",
        },
        "button_list": [
            {"text": "收到", "style": 1, "type": 0, "key": "got"},
            {"text": "打开", "style": 2, "type": 1, "url": "https://h.example.com"},
        ],
        "replace_text": "何志远 已确认",
    }
