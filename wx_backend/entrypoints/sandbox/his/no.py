"""How the HIS says no."""


class No(Exception):
    """A decision against the asker: HTTP status, code of the contract, and who has it."""

    def __init__(self, status: int, code: str, message: str, holder: str = "") -> None:
        super().__init__(f"{code}: {message}")
        self.status, self.code, self.message, self.holder = status, code, message, holder
