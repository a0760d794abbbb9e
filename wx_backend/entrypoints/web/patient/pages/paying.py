"""What every page that takes money shares: how it can be paid here, and opening the cashier."""

from booking.payments.model import ALIPAY, ALIPAY_PAY, H5, WECHAT_PAY, Ticket, platform_of
from wx_backend.directory.institutions import service as institutions
from wx_backend.entrypoints.web.page import own_address
from wx_backend.entrypoints.web.patient import booked, paths, views
from wx_backend.entrypoints.web.patient.pages.shared import PatientPage


class PayingPage(PatientPage):
    """An app's own sheet inside WeChat and Alipay, a pay page elsewhere."""

    async def methods_here(self) -> tuple[views.PayMethod, ...]:
        """What can be paid with in this browser, at this hospital."""
        platforms = await institutions.known_to(self.ctx, WECHAT_PAY, ALIPAY_PAY)
        return booked.methods(self.app, platforms, self.words)

    def launch(self, ticket: Ticket, about: str, fee_fen: int, result: str, again: str) -> None:
        """Opens what the ticket is for; ``about`` says what is paid. ``result`` asks the server,
        ``again`` is where a payer who closed the sheet chooses anew.
        """
        if ticket.url:
            back = own_address(self, result)
            self.go(paths.returning(ticket.url, back) if ticket.method == H5 else ticket.url)
            return
        view = views.PayLaunch(
            about=about,
            fee_fen=fee_fen,
            app="alipay" if ticket.method == ALIPAY else "wechat",
            platform=self.words.platforms[platform_of(ticket.method)],
            params={"tradeNO": ticket.trade_no} if ticket.trade_no else ticket.jsapi or {},
            result_href=result,
            pay_href=again,
        )
        self.show("pay/launch.html", view)
