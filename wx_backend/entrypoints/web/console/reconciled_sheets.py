"""Reconciliation as rows of Excel files: a day's differences, a month's sums. Pure."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime

from booking.reconciliation.model import Difference, Run
from wx_backend.base.words import Say, as_written
from wx_backend.entrypoints.web.console import reconciled as words
from wx_backend.entrypoints.web.console.exports import money

DAY = (
    "日期", "类别", "收退", "平台", "单号", "订单", "本院金额（元）", "对方金额（元）", "对方单号",
    "时间", "状态", "处理", "处理人", "原因", "结果",
)  # fmt: skip
MONTH = (
    "日期", "对账", "对方", "对方收款笔数", "对方收款（元）", "对方退款笔数", "对方退款（元）",
    "手续费（元）", "本院收款笔数", "本院收款（元）", "本院退款笔数", "本院退款（元）",
    "净额之差（元）", "待处理差异", "日结",
)  # fmt: skip


def of_day(
    found: Iterable[Difference],
    names: Mapping[str, str],
    moment: Callable[[datetime], str],
    say: Say = as_written,
) -> Iterator[tuple[object, ...]]:
    """A row for each difference as ``DAY`` has them; ``names`` of those who did something."""
    for one in found:
        ours, theirs = (money(side.fen) if side else "" for side in (one.ours, one.theirs))
        acts = [
            (
                say(words.REMEDIES[act.action]),
                names.get(act.by, act.by),
                act.why,
                say(words.came(act)),
            )
            for act in one.repairs
        ]
        did = [say("；").join(each) for each in zip(*acts, strict=True)] if acts else [""] * 4
        yield (
            one.day, say(words.KINDS[f"{one.side} {one.kind}"]), say(words.MONEY[one.money]),
            say(words.PLATFORMS.get(one.platform, one.platform)), one.no, one.order, ours, theirs,
            one.theirs.entry if one.theirs else "", moment(one.at), say(words.state(one)), *did,
        )  # fmt: skip


def of_month(
    runs: Iterable[Run], names: Mapping[str, str], say: Say = as_written
) -> Iterator[tuple[object, ...]]:
    """A row for each day and whom it was held against, as ``MONTH`` has them."""
    for run in runs:
        for row in words.rows(run):
            closed = names.get(run.closed_by, run.closed_by)
            yield (run.day, say(words.RUNS[run.state]), *_sums(row, say), run.open, closed)


def _sums(row: words.Row, say: Say) -> tuple[object, ...]:
    said, ours = row.theirs or row.his, row.ours
    own = (ours.paid, money(ours.paid_fen), ours.refunded, money(ours.refunded_fen))
    if said is None:
        return (say(row.label), *[""] * 5, *own, "")
    return (
        say(row.label), said.paid, money(said.paid_fen), said.refunded, money(said.refunded_fen),
        money(said.fee_fen), *own, money(said.net_fen - ours.net_fen),
    )  # fmt: skip
