"""Critical limits at the console: read by those who watch, proposed by one, approved by another."""

import pytest

from wx_backend.entrypoints.web.console.pages.rules import PATH
from wx_backend.records.reports import service as reports

pytestmark = pytest.mark.asyncio(loop_scope="module")
CHANGE = f"{PATH}/change/K"


async def test_the_seed_says_that_nobody_has_approved_it(signed_in):
    nurse = await signed_in("zhao-ting")
    page = await nurse.get(PATH)
    assert "草案，未经本院批准" in page.text
    assert "< 2.8 或 > 6.2" in page.text
    assert not page.links_with("/change/"), "a nurse reads"
    assert (await nurse.get(CHANGE)).status == 403


async def test_a_limit_is_changed_by_two_people(hospital, signed_in):
    laboratory, affairs = await signed_in("lu-min"), await signed_in("ma-guohua")
    form = (await laboratory.get(CHANGE)).form(CHANGE)
    assert (form.fields["low_adult"], form.fields["high_adult"]) == ("2.8", "6.2")
    sent = await laboratory.submit(form, low_adult="3.0", note="检验科年度修订")
    assert sent.location == PATH, sent.text
    own = await laboratory.get(PATH)
    assert "成人 < 2.8 或 > 6.2 → < 3.0 或 > 6.2" in own.text
    assert not [one for one in own.forms if one.action.endswith("/decide")]
    assert (await reports.rules_in_force(hospital.ctx())).id == "seed"
    page = await affairs.get(PATH)
    verdict = next(one for one in page.forms if one.fields.get("verdict") == "approve")
    token = (await laboratory.get(CHANGE)).form(CHANGE).fields["_xsrf"]
    fields = {"_xsrf": token, "verdict": "approve"}
    assert (await laboratory.post(verdict.action, fields)).status == 403
    assert (await affairs.submit(verdict)).location == PATH
    assert (await affairs.submit(verdict)).status == 409, "decided already"
    present = await reports.rules_in_force(hospital.ctx())
    [potassium] = [one for one in present.rules if one.analyte == "K"]
    assert str(potassium.limits["adult"][0]) == "3.0"
    assert len(present.rules) == len(reports.seed().rules)
    read = await affairs.get(PATH)
    assert "陆敏 提出，马国华 批准" in read.text
    now = hospital.house.wire.now()
    actions = await hospital.house.db.raw(f"audit_{now:%Y%m}").distinct("action")
    assert {"records:rules:propose", "records:rules:approve"} <= set(actions)


async def test_a_proposal_starts_from_the_last_one_and_may_be_rejected(hospital, signed_in):
    laboratory, affairs = await signed_in("lu-min"), await signed_in("ma-guohua")
    for low in ("2.9", "3.1"):
        form = (await laboratory.get(CHANGE)).form(CHANGE)
        assert (await laboratory.submit(form, low_adult=low)).location == PATH
    assert (await laboratory.get(CHANGE)).form(CHANGE).fields["low_adult"] == "3.1"
    page = await affairs.get(PATH)
    for verdict in [one for one in page.forms if one.fields.get("verdict") == "reject"]:
        assert (await affairs.submit(verdict)).location == PATH
    states = [one.state for one in await reports.rule_sets(hospital.ctx())]
    assert states == ["REJECTED", "REJECTED", "APPROVED"]


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"low_adult": "7", "high_adult": "6"}, "低限须小于高限"),
        ({"low_adult": "0.01"}, "超出合理范围"),
        ({"high_adult": "很高"}, "不是数值"),
        ({"high_adult": "NaN"}, "不是数值"),
        ({"from": "2020-01-01"}, "生效日期不能早于今天"),
        ({}, "没有改动"),
    ],
)
async def test_nonsense_is_refused_and_what_was_typed_comes_back(hospital, signed_in, typed, words):
    laboratory = await signed_in("lu-min")
    before = len(await reports.rule_sets(hospital.ctx()))
    form = (await laboratory.get(CHANGE)).form(CHANGE)
    more = {"high_adult": "6.5"} if "from" in typed else {}
    again = await laboratory.submit(form, **{**more, **typed})
    assert again.status == 422
    assert words in again.text
    kept = again.form(CHANGE).fields
    assert {name: kept[name] for name in typed} == typed
    assert len(await reports.rule_sets(hospital.ctx())) == before


async def test_another_institutions_rules_are_not_found(hospital, signed_in):
    affairs = await signed_in("ma-guohua")
    assert (await affairs.get(f"{PATH}?set=pan00000000")).status == 404
