"""Faults strike where, when and as often as they were planned."""

import pytest
import requests
from wechatpy.exceptions import WeChatClientException

from tests.wire.sandbox.conftest import Bench
from tests.wire.sandbox.test_account import send
from tests.wire.sandbox.test_orders import ORDER
from wx_backend.entrypoints.sandbox.faults import TRANSPORT, Fault, Faults

SEND, PREPAY = "/wx/cgi-bin/message/template/send", "/v3/pay/transactions/jsapi"


def test_times_after_and_glob() -> None:
    plan = Faults()
    plan.add(Fault("/wx/*", "slow", times=2, after=1))
    struck = [plan.take("/wx/a", TRANSPORT) is not None for _ in range(5)]
    assert struck == [False, True, True, False, False]
    assert plan.take("/v3/a", TRANSPORT) is None


def test_probability_is_repeatable() -> None:
    runs = []
    for _ in range(2):
        plan = Faults(seed=7)
        plan.add(Fault("*", "reset", times=None, probability=0.5))
        runs.append([plan.take("/a", TRANSPORT) is not None for _ in range(50)])
    assert runs[0] == runs[1]
    assert 10 < sum(runs[0]) < 40


async def test_an_unknown_kind_is_refused(bench: Bench) -> None:
    answer = await bench.ctl("faults", {"endpoint": "*", "kind": "surprise"})
    assert "unknown kind" in answer["error"]
    assert await bench.ctl("faults") == []


@pytest.mark.parametrize(
    ("kind", "value", "code"),
    [
        ("token_expired", None, 40001), ("token_expired", 42001, 42001),
        ("token_rotated", None, 40001), ("rate_limit", None, 45009), ("busy", None, -1),
        ("refused", None, 43004), ("bad_template", None, 40037), ("bad_template", 47003, 47003),
        ("ip_denied", None, 40164),
    ],
)  # fmt: skip
async def test_the_service_account_says_no_once(
    bench: Bench, kind: str, value: int | None, code: int
) -> None:
    await bench.fault(SEND, kind, value=value)
    with pytest.raises(WeChatClientException) as refused:
        await send(bench)
    assert refused.value.errcode == code
    assert (await bench.ctl("journal"))["messages"] == []
    bench.wechat.session.delete(f"{bench.keys.appid}_access_token")
    assert (await send(bench))["errcode"] == 0


@pytest.mark.parametrize(
    ("kind", "status", "code"),
    [
        ("rate_limit", 429, "FREQUENCY_LIMITED"), ("busy", 500, "SYSTEM_ERROR"),
        ("refused", 403, "NO_AUTH"), ("clock_skew", 401, "SIGN_ERROR"),
    ],
)  # fmt: skip
async def test_wechat_pay_says_no_once(bench: Bench, kind: str, status: int, code: str) -> None:
    await bench.fault(PREPAY, kind)
    answer = await bench.paid(bench.pay.pay, **ORDER)
    assert (answer[0], answer[1]["code"]) == (status, code)
    assert (await bench.ctl("books"))["orders"] == []
    assert (await bench.paid(bench.pay.pay, **ORDER))[0] == 200


async def test_bad_sign_is_noticed_by_the_sdk(bench: Bench) -> None:
    await bench.fault(PREPAY, "bad_sign")
    with pytest.raises(Exception, match="failed to verify"):
        await bench.sdk(bench.pay.pay, **ORDER)


@pytest.mark.parametrize(
    ("kind", "kept"), [("reset", 0), ("hang", 0), ("lost_reply", 1), ("truncate", 1)]
)
async def test_broken_lines(bench: Bench, kind: str, kept: int) -> None:
    bench.pay._core._timeout = (3, 0.5)
    await bench.fault(PREPAY, kind)
    with pytest.raises(requests.RequestException):
        await bench.sdk(bench.pay.pay, **ORDER)
    assert len((await bench.ctl("books"))["orders"]) == kept
    assert (await bench.paid(bench.pay.pay, **ORDER))[0] == 200
    assert len((await bench.ctl("books"))["orders"]) == 1


async def test_html_instead_of_json(bench: Bench) -> None:
    await bench.fault(PREPAY, "html")
    status, text = await bench.sdk(bench.pay.pay, **ORDER)
    assert status == 502 and b"Bad Gateway" in text


async def test_slow_is_only_slow(bench: Bench) -> None:
    await bench.fault(PREPAY, "slow", value=0.1)
    assert (await bench.paid(bench.pay.pay, **ORDER))[0] == 200


async def test_clearing(bench: Bench) -> None:
    await bench.fault(PREPAY, "busy", times=None)
    await bench.ctl("clear", {"what": "faults"})
    assert (await bench.paid(bench.pay.pay, **ORDER))[0] == 200
    await bench.ctl("clear", {"what": "all"})
    books = await bench.ctl("books")
    assert books["orders"] == [] and books["conserved"]
    assert (await bench.ctl("journal"))["calls"] == {}
    assert "error" in await bench.ctl("clear", {"what": "everything"})
