"""Who has agreed to how many messages of the mini-program (protocols.md 1.6)."""

from typing import Any

from wx_backend.entrypoints.sandbox.mini_program import MiniProgram
from wx_backend.entrypoints.sandbox.store import Store


class Consents:
    """How many messages of a template a person still takes."""

    def __init__(self, store: Store, mini: MiniProgram) -> None:
        self._store, self._mini = store, mini

    def answer(self, openid: str, templates: list[str], accepted: bool) -> dict[str, str]:
        """What `wx.requestSubscribeMessage` gives the page: each template's answer. The server is
        told by `subscribe_msg_popup_event`.
        """
        status = "accept" if accepted else "reject"
        with self._store.change():
            for template in templates if accepted else ():
                self._store.do(
                    "INSERT INTO consents VALUES (?, ?, 1) ON CONFLICT DO UPDATE"
                    " SET credits = credits + 1", openid, template,
                )  # fmt: skip
            rows = [
                {"TemplateId": one, "SubscribeStatusString": status, "PopupScene": 0}
                for one in templates
            ]
            self._tell(openid, "popup", rows)
        return dict.fromkeys(templates, status)

    def switch_off(self, openid: str, template: str) -> None:
        """The person turns the template off in the settings of the mini-program."""
        with self._store.change():
            self._store.do(
                "DELETE FROM consents WHERE openid = ? AND template_id = ?", openid, template
            )
            self._tell(
                openid, "change", [{"TemplateId": template, "SubscribeStatusString": "reject"}]
            )

    def take(self, openid: str, template: str) -> bool:
        """Uses one agreement; False when there is none."""
        used = self._store.do(
            "UPDATE consents SET credits = credits - 1"
            " WHERE openid = ? AND template_id = ? AND credits > 0", openid, template,
        )  # fmt: skip
        return used == 1

    def _tell(self, openid: str, what: str, rows: list[dict[str, Any]]) -> None:
        event = {f"SubscribeMsg{what.title()}Event": {"List": rows}}
        self._mini.push(openid, f"subscribe_msg_{what}_event", **event)
