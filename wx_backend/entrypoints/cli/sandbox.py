"""`wx-backend sandbox`: the platforms' double and the patient's phone, without the rest."""

import argparse
import os
import sys

HELP = "平台沙箱与演示手机 sandbox of the platforms, with a phone"


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--port", required=True, help="port of the platforms")
    parser.add_argument("--phone-port", required=True, help="port of the phone")
    parser.add_argument("--lis-port", default="0", help="port of the LIS (a free one)")
    parser.add_argument("--web", required=True, help="origin of the product's web")
    parser.add_argument("--home", default="var/sandbox", help="folder for its keys and books")
    parser.add_argument("--speed", default="600", help="divides the platforms' waits")


def run(args: argparse.Namespace) -> int:
    """Becomes the sandbox, which is a program of its own."""
    options = ("port", "phone_port", "lis_port", "web", "home", "speed")
    flags = [f"--{name.replace('_', '-')}={getattr(args, name)}" for name in options]
    command = [sys.executable, "-m", "wx_backend.entrypoints.sandbox", *flags]
    os.execv(sys.executable, command)  # noqa: S606 - a list, no shell
