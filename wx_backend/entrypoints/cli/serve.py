"""`wx-backend serve`: the web process."""

import argparse

from wx_backend.base import settings

HELP = "网站与接口 web pages and API"


def configure(parser: argparse.ArgumentParser) -> None:
    """No options: everything is a WX_* setting."""


def run(args: argparse.Namespace) -> int:
    from wx_backend.entrypoints import app

    app.serve(settings.load())
    return 0
