"""A card as the platform writes it (pure; protocols.md 3.3)."""

from typing import Any

from wx_backend.gateways.wecom.port import Button, Card, Choice

CALLS_BACK, OPENS_PAGE = 0, 1  # types of a button
PAGE = 1  # type of a card's own action


def template_card(card: Card) -> dict[str, Any]:
    """The `template_card` of a message or of an update; nothing empty in it."""
    interactive = bool(card.buttons)
    view: dict[str, Any] = {
        "card_type": "button_interaction" if interactive else "text_notice",
        "source": card.source and {"desc": card.source, "desc_color": card.source_color},
        "main_title": _filled({"title": card.title, "desc": card.subtitle}),
        "sub_title_text": card.text,
        "horizontal_content_list": [
            {"keyname": label, "value": value} for label, value in card.fields
        ],
        "card_action": {"type": PAGE, "url": card.url},
        "task_id": card.task_id,
        "button_selection": card.choice and _selection(card.choice),
        "button_list": [_button(button) for button in card.buttons],
        "replace_text": card.closed,
    }
    return _filled(view)


def _button(button: Button) -> dict[str, Any]:
    action = {"type": CALLS_BACK, "key": button.key}
    if button.url is not None:
        action = {"type": OPENS_PAGE, "url": button.url}
    return {"text": button.text, "style": button.style} | action


def _selection(choice: Choice) -> dict[str, Any]:
    return _filled(
        {
            "question_key": choice.key,
            "title": choice.title,
            "option_list": [{"id": key, "text": text} for key, text in choice.options.items()],
            "selected_id": choice.selected,
        }
    )


def _filled(view: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in view.items() if value}
