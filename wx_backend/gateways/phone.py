"""A phone number that a platform has checked, in words shared by the platforms. Pure."""

import msgspec


class VerifiedPhone(msgspec.Struct, frozen=True):
    """Digits without the country's code, and that code."""

    number: str
    country: str = "86"
