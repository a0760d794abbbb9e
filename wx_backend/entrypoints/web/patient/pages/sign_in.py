"""The way in, when something needs an account."""

from urllib.parse import urlencode

from wx_backend.base.handler import public
from wx_backend.entrypoints.web.patient import paths, views
from wx_backend.entrypoints.web.patient.pages.shared import PatientPage
from wx_backend.identity.accounts.model import local_path


class SignIn(PatientPage):
    """``GET ?next=``; who is signed in already goes straight there."""

    access = public("the way in")

    def get(self) -> None:
        after = local_path(self.get_query_argument("next", ""), paths.HOME)
        if self.signed_in:
            self.go(after)
            return
        href = f"/signin?{urlencode({'next': after})}"
        platform = "alipay" if self.app == "alipay" else "wechat"
        self.show("sign_in/page.html", views.SignIn(sign_in_href=href, platform=platform))
