"""`/_ctl/sms`: what numbers were really sent, and what the provider may hand back."""

from wx_backend.entrypoints.sandbox.control import Control


class Texts(Control):
    """Every text with its number, words and fate, oldest first."""

    def get(self) -> None:
        self.answer(self.box.texts.listing())


class Sessions(Control):
    """`{on}`: whether reports carry our own reference; the real provider asks to be asked."""

    def post(self) -> None:
        on = bool(self.body().get("on", True))
        self.box.texts.hand_back(on)
        self.answer({"on": on})


routes = [(r"/_ctl/sms/texts", Texts), (r"/_ctl/sms/sessions", Sessions)]
