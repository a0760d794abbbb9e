"""`/_ctl/lis`: what the LIS has been told, and where it listens."""

from wx_backend.entrypoints.sandbox.control import Control


class Confirmations(Control):
    """The ledger; `?report=` for one report."""

    def get(self) -> None:
        report = self.get_query_argument("report", None)
        told = self.box.lis.ledger.listing()
        self.answer([one for one in told if report in (None, one["report"])])


class Address(Control):
    def get(self) -> None:
        self.answer({"host": self.box.config.host, "port": self.box.lis.port})


routes = [
    (r"/_ctl/lis/confirmations", Confirmations),
    (r"/_ctl/lis/address", Address),
]
