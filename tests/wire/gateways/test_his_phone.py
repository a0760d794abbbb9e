"""The client of a HIS that proves who people are, on the real wire, against the sandbox's."""

import httpx
import pytest

from tests.helpers.http import PLAIN
from tests.helpers.identity import id_no
from tests.helpers.sandbox import Sandbox
from wx_backend.base import ids
from wx_backend.base.bridge import Pool
from wx_backend.base.clock import WireClock
from wx_backend.base.errors import GatewayUnknown
from wx_backend.entrypoints.cli.home import read_env
from wx_backend.gateways.his_rest.port import HisRestConfig
from wx_backend.gateways.proof.his_phone import HisPhone
from wx_backend.gateways.proof.port import AttemptOver, ProofRefused

NUMBER = id_no("1984-05-06", 931)
NAME, FILED = "李建国", "13912345678"


class Hospital:
    """The client, and what the HIS has on file and has sent."""

    def __init__(self, sandbox: Sandbox, pool: Pool):
        given = read_env(sandbox.home / "sandbox.env")
        key, secret = given["WX_SANDBOX_HIS_KEY"], given["WX_SANDBOX_HIS_SECRET"]
        config = HisRestConfig(url=f"{sandbox.url}/his", key=key, secret=secret)
        self.url, self.his = sandbox.url, HisPhone(config, pool, WireClock())

    def ctl(self, path: str, **body) -> None:
        answer = httpx.post(f"{self.url}/_ctl/{path}", json=body, **PLAIN)
        assert answer.status_code == 200, answer.text

    def texts(self) -> list[dict]:
        return httpx.get(f"{self.url}/_ctl/his/proofs", **PLAIN).json()


@pytest.fixture
def hospital(sandbox: Sandbox):
    pool = Pool("his_proof", 4)
    made = Hospital(sandbox, pool)
    made.ctl("clear", what=["his", "faults"])
    made.ctl("his/proofs", id_no=NUMBER, name=NAME, phone=FILED)
    yield made
    pool.close()
    made.his.disconnect()


async def test_one_code_to_the_number_on_file_proves_once(hospital):
    attempt = ids.new("prf")
    assert await hospital.his.begin(NUMBER, NAME, attempt) == FILED[-4:]
    assert await hospital.his.begin(NUMBER, NAME, attempt) == FILED[-4:]
    [sent] = hospital.texts()
    wrong = f"{(int(sent['code']) + 1) % 10**6:06}"
    assert sent["phone"] == FILED
    assert not await hospital.his.proven(attempt, wrong)
    assert await hospital.his.proven(attempt, sent["code"])
    assert await hospital.his.proven(attempt, sent["code"])
    with pytest.raises(AttemptOver):
        await hospital.his.proven(attempt, wrong)


async def test_three_wrong_codes_are_the_end(hospital):
    attempt = ids.new("prf")
    await hospital.his.begin(NUMBER, NAME, attempt)
    code = hospital.texts()[0]["code"]
    for n in (1, 2, 3):
        assert not await hospital.his.proven(attempt, f"{(int(code) + n) % 10**6:06}")
    with pytest.raises(AttemptOver):
        await hospital.his.proven(attempt, code)
    with pytest.raises(AttemptOver):
        await hospital.his.proven(ids.new("prf"), code)


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        ("his_error", GatewayUnknown),
        ("truncate", GatewayUnknown),
        ("his_refuse", ProofRefused),
    ],
)
async def test_trouble_is_neither_a_proof_nor_a_wrong_code(hospital, kind, error):
    attempt = ids.new("prf")
    hospital.ctl("faults", endpoint="/his/proofs/v1/attempts/*", kind=kind, times=2)
    with pytest.raises(error):
        await hospital.his.begin(NUMBER, NAME, attempt)
    with pytest.raises(error):
        await hospital.his.proven(attempt, "000000")
    assert await hospital.his.begin(NUMBER, NAME, attempt) == FILED[-4:]
