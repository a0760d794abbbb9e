"""The text messages on the phones of everybody whose number the HIS has, under `/__texts/`."""

from datetime import datetime

from wx_backend.entrypoints.sandbox import clock
from wx_backend.entrypoints.sandbox.phone.shell import PhoneHandler


class Texts(PhoneHandler):
    """The newest first. It is no page of one owner: the demo's people have no phone numbers."""

    def get(self) -> None:
        texts = [
            {
                "phone": one["phone"],
                "at": f"{datetime.fromtimestamp(one['at'], clock.CHINA):%H:%M:%S}",
                "text": f"验证码 {one['code']}，10 分钟内有效，用于核验就诊人身份，请勿告知他人。",
            }
            for one in reversed(self.box.proofs.sent())
        ]
        self.set_header("Cache-Control", "no-store")
        self.render("texts.html", name=self.box.config.name, texts=texts)


routes = [(r"/__texts/", Texts)]
