"""`wx-backend channel`: registers a platform account, or changes a part of it, as a rotated key."""

import argparse
import asyncio
from pathlib import Path

from wx_backend.base import settings
from wx_backend.base.errors import NotFound
from wx_backend.directory.institutions import service as institutions
from wx_backend.directory.institutions.model import ChannelSpec
from wx_backend.entrypoints import selftest

HELP = "登记平台账号或更换密钥 register a platform account or rotate its keys"


def configure(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("platform", choices=institutions.PLATFORMS)
    add("--institution", required=True, metavar="CODE", help="机构代码 code of the institution")
    add("--appid", default="", help="应用的 APPID the application")
    add("--mchid", default="", help="商户号，支付宝为 2088 开头的 PID the merchant")
    add("--secret", action="append", default=[], type=_read, metavar="NAME=FILE",
        help="密钥，从文件读取 a secret, read from a file: never on the command line")  # fmt: skip
    add("--param", action="append", default=[], type=_value, metavar="NAME=VALUE|@FILE")
    add("--template", action="append", default=[], type=_pair, metavar="NAME=ID")


def run(args: argparse.Namespace) -> int:
    """What is not given stays as it is stored. Prints the self-test; 1 when it found something."""
    return asyncio.run(_run(args))


async def _run(args: argparse.Namespace) -> int:
    from wx_backend.entrypoints import wiring

    house = wiring.build(settings.load())
    try:
        await institutions.refresh(house)
        code = args.institution
        here = next((one for one in institutions.all_known(house) if one.code == code), None)
        if here is None:
            raise NotFound(f"没有代码为 {code} 的机构 no such institution")
        stored = await institutions.amend_channel(
            house.ctx(here.id),
            ChannelSpec(
                args.platform,
                dict(args.secret),
                appid=args.appid,
                mchid=args.mchid,
                params=dict(args.param),
                templates=dict(args.template),
            ),
        )
        print(f"{stored.id}  版本 version {stored.version}")
        if address := selftest.callback_address(house.settings.public_url, stored):
            print(f"回调地址 callback {address}")
        checks = await selftest.of_channel(house, stored)
        for check in checks:
            print(f"{'✗' if check.wrong else '✓'} {check.name}", *check.wrong, sep="\n    ")
        return 1 if any(check.wrong for check in checks) else 0
    finally:
        wiring.close(house)


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not (name and equals and value):
        raise argparse.ArgumentTypeError("NAME=VALUE")
    return name, value


def _read(text: str) -> tuple[str, str]:
    """A name, and what the file holds."""
    name, file = _pair(text)
    return name, Path(file).read_text("utf-8").strip()


def _value(text: str) -> tuple[str, str]:
    """A name with a value, or with ``@`` and the file that holds it; with nothing, taken away."""
    if text.endswith("=") and text.count("=") == 1 < len(text):
        return text[:-1], ""
    name, value = _pair(text)
    return _read(f"{name}={value[1:]}") if value.startswith("@") else (name, value)
