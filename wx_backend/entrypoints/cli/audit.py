"""`wx-backend audit verify`: does the audit trail still say what was sealed? 1 when it does not."""

import argparse
import asyncio
import json

from wx_backend.base import settings
from wx_backend.base.context import House
from wx_backend.base.seals.sealer import sealer
from wx_backend.base.seals.verify import Report, months, verify

HELP = "核对审计记录 verify the audit trail"
WORDS = {
    "changed": "记录被修改 record changed",
    "removed": "记录被删除 record removed",
    "inserted": "记录未经封存 record inserted behind the program's back",
    "sealed_twice": "记录被重复封存 record sealed twice",
    "seal_changed": "封存内容被修改 seal changed",
    "seal_forged": "封存签名无效 seal with a wrong signature",
    "seal_removed": "封存被删除 seal removed",
    "chain_broken": "链条断裂 chain broken",
    "truncated": "末尾被截去 cut off after this checkpoint",
    "rewritten": "与库外检查点不符 unlike the checkpoint outside the database",
    "month_broken": "与此前月份不符 unlike what was known of the month before",
}


def configure(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    check = actions.add_parser("verify", help=HELP, description=HELP)
    check.add_argument("--month", metavar="YYYYMM", help="只核对这个月 only this month")
    actions.add_parser("keys", help="导出公钥 print the public keys for an auditor")


def run(args: argparse.Namespace) -> int:
    return asyncio.run(_run(args))


async def _run(args: argparse.Namespace) -> int:
    from wx_backend.entrypoints import wiring

    house = wiring.build(settings.load())
    try:
        if args.action == "keys":
            print(json.dumps(sealer(house).signer.public_keys()))
            return 0
        return await _verify(house, args.month)
    finally:
        wiring.close(house)


async def _verify(house: House, month: str | None) -> int:
    ctx = house.ctx(None)
    reports = [await verify(ctx, one) for one in ([month] if month else await months(ctx))]
    for report in reports:
        show(report)
    return 0 if all(report.whole for report in reports) else 1


def show(report: Report) -> None:
    """A line for the month, one for each thing that does not fit."""
    print(
        f"{'✓' if report.whole else '✗'} {report.month}: "
        f"{report.records} 条记录 records, {report.seals} 次封存 seals, "
        f"{report.checkpoints} 个库外检查点 checkpoints, {report.waiting} 条待封存 waiting"
    )
    for fault in report.faults:
        where = f"seal {fault.seal}" if fault.seal else ""
        print(f"    {WORDS[fault.kind]}: {' '.join(filter(None, (where, fault.record)))}")
    for key in report.late:
        print(f"    迟到的记录 sealed late: {key}")
