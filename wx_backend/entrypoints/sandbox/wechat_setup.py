"""What an account is set up with: menu, parametric codes, templates. Source: protocols.md 1.5, 1.8.

Refusals of a menu by its numbers: 40016 buttons on top, 40023 buttons below, 40018/40025 names on
top and below, 40017/40024 types, 40020/40027 addresses, 40019/40026 keys.
"""

import secrets
from typing import Any

from wx_backend.entrypoints.sandbox import clock
from wx_backend.entrypoints.sandbox.template_rules import Template
from wx_backend.entrypoints.sandbox.tokens import WechatError
from wx_backend.entrypoints.sandbox.wechat_wire import WechatHandler

NAME_BYTES, NAME_BYTES_BELOW = 16, 60
KEY_BYTES, URL_BYTES = 128, 1024
LONGEST_CODE = 2_592_000
SCENE = 64


class QrCode(WechatHandler):
    """A new code for a scene, for some time or (`QR_LIMIT_*`) for ever."""

    def post(self) -> None:
        body = self.json_object()
        given = (body.get("action_info") or {}).get("scene") or {}
        scene = str(given.get("scene_str") or given.get("scene_id") or "")
        if not 1 <= len(scene) <= SCENE:
            raise WechatError(40053, "invalid action info")
        ticket = secrets.token_urlsafe(48)
        url, limit, expires = f"http://weixin.qq.com/q/{ticket[:24]}", {}, None
        if not str(body.get("action_name", "")).startswith("QR_LIMIT"):
            limit = {"expire_seconds": min(int(body.get("expire_seconds", 60)), LONGEST_CODE)}
            expires = clock.now() + limit["expire_seconds"]
        row = {"url": url, "ticket": ticket, "scene": scene, "expires": expires}
        self.box.store.put("scenes", row)
        self.answer(ticket=ticket, url=url, **limit)


class MenuCreate(WechatHandler):
    def post(self) -> None:
        buttons = self.json_object().get("button")
        if not isinstance(buttons, list) or not 1 <= len(buttons) <= 3:
            raise WechatError(40016, "invalid button size")
        for button in buttons:
            _judge(button)
        self.box.followers.menu = buttons
        self.answer(errcode=0, errmsg="ok")


def _judge(button: dict[str, Any]) -> None:
    below = button.get("sub_button") or []
    if len(below) > 5:
        raise WechatError(40023, "invalid sub button size")
    _judge_name(button, NAME_BYTES, 40018)
    for one in below:
        _judge_name(one, NAME_BYTES_BELOW, 40025)
        _judge_act(one, (40024, 40027, 40026))
    if not below:
        _judge_act(button, (40017, 40020, 40019))


def _judge_name(button: dict[str, Any], most: int, code: int) -> None:
    if not 1 <= len(str(button.get("name", "")).encode()) <= most:
        raise WechatError(code, "invalid button name size")


def _judge_act(button: dict[str, Any], codes: tuple[int, int, int]) -> None:
    kind, url, key = (str(button.get(name, "")) for name in ("type", "url", "key"))
    if kind not in ("view", "click", "miniprogram"):
        raise WechatError(codes[0], "invalid button type")
    if kind != "click" and not (url.startswith("http") and len(url.encode()) <= URL_BYTES):
        raise WechatError(codes[1], "invalid button url")
    if kind == "click" and not 1 <= len(key.encode()) <= KEY_BYTES:
        raise WechatError(codes[2], "invalid button key")


class MenuInfo(WechatHandler):
    """`get_current_selfmenu_info`: what users see, sub-buttons in a `list`."""

    def get(self) -> None:
        buttons = self.box.followers.menu
        shown = {"button": [_told(button) for button in buttons]}
        self.answer(is_menu_open=int(bool(buttons)), selfmenu_info=shown)


def _told(button: dict[str, Any]) -> dict[str, Any]:
    below = button.get("sub_button")
    return button | {"sub_button": {"list": below}} if below else button


class PrivateTemplates(WechatHandler):
    """The service account's message templates."""

    def get(self) -> None:
        listed = [
            {
                "template_id": one.id, "title": one.title, "content": _content(one), "example": "",
                "primary_industry": "医药护理", "deputy_industry": "医疗",
            }
            for one in self.box.templates.values()
        ]  # fmt: skip
        self.answer(template_list=listed)


class SubscribeTemplates(WechatHandler):
    """The mini-program's subscribe templates."""

    of_mini = True

    def get(self) -> None:
        listed = [
            {"priTmplId": one.id, "title": one.title, "content": _content(one), "type": 2}
            for one in self.box.templates.values()
        ]
        self.answer(errcode=0, errmsg="ok", data=listed)


def _content(template: Template) -> str:
    return "\n".join(f"{label}:{{{{{key}.DATA}}}}" for key, label in template.fields.items())


routes = [
    (r"/wx/cgi-bin/qrcode/create", QrCode),
    (r"/wx/cgi-bin/menu/create", MenuCreate),
    (r"/wx/cgi-bin/get_current_selfmenu_info", MenuInfo),
    (r"/wx/cgi-bin/template/get_all_private_template", PrivateTemplates),
    (r"/wx/wxaapi/newtmpl/gettemplate", SubscribeTemplates),
]
