"""`wx-backend gateway`: hospital systems (HIS, LIS) connect here over MLLP."""

import argparse

from wx_backend.base import settings

HELP = "接口网关 interface gateway (HL7 over MLLP)"


def configure(parser: argparse.ArgumentParser) -> None:
    """No options: everything is a WX_* setting."""


def run(args: argparse.Namespace) -> int:
    from wx_backend.entrypoints import gateway

    gateway.serve(settings.load())
    return 0
