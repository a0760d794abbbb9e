"""What alerts are called at the bedside."""

from datetime import UTC, date, datetime, timedelta

import msgspec
import pytest

from notify.critical.model import MACHINE, SEATS, STATES, Act, Alert, Limits, Step
from wx_backend.entrypoints.web.doctor import words

NOW = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
ALERT = Alert(
    id="alr1", inst="ins1", report="rep1", report_version=1, chart="cha1", source="LIS|JQ",
    lis_id="S1", item="K", analyte="K", name="钾", value="2.5", unit="mmol/L", range="3.5-5.3",
    flags=("LL",), direction="LOW", severity="A", review=False, rules="seed.1 DRAFT", low="2.8",
    high="6.2", why=("FLAG", "RULE"), patient="欧**国", sex="F", born="1959-11-23",
    visit_no="V0012345", area="INPATIENT", ward="W03", bed="12", department="心血管内科",
    specimen="血清", specimen_no="S1", resulted_at=NOW, raised_at=NOW,
    limits=Limits(receive=5, notify=5, handle=30, note_hours=6, rungs=(0, 5), repeat=10),
)  # fmt: skip


def changed(**fields: object) -> Alert:
    return msgspec.structs.replace(ALERT, **fields)


@pytest.mark.parametrize(
    ("seconds", "said", "late"),
    [
        (300, "还有 5 分钟", False),
        (241, "还有 5 分钟", False),
        (1, "还有 1 分钟", False),
        (0, "已到时限", True),
        (-61, "已超时 1 分钟", True),
        (6 * 3600 - 1, "还有 6 小时 0 分", False),
    ],
)
def test_a_clock_in_words(seconds: int, said: str, late: bool) -> None:
    assert words.clock(NOW + timedelta(seconds=seconds), NOW) == words.Clock(said, late)


def test_every_state_has_its_words_and_every_open_one_a_limit() -> None:
    open_ones = STATES.keys() - MACHINE.terminal
    assert words.NEXT.keys() == words.TONES.keys() == words.LIMITS.keys() == open_ones
    assert {words.waits(changed(state=one)) for one in MACHINE.terminal} == {
        "已闭环", "已撤回", "误报",
    }  # fmt: skip


def test_every_step_is_told_in_words() -> None:
    told = {action for _, action in MACHINE.transitions} | {"raise", "misread", "note_missing"}
    assert told - words.STEPS.keys() == set()
    assert words.line(Step(at=NOW, action="receive", before="", after="", name="赵婷")) == (
        "赵婷 复述正确，已接收"
    )
    climbed = Step(at=NOW, action="escalate", before="RAISED", after="RAISED", rung=1)
    assert words.line(climbed) == "升级到第 2 级", "the first rung is told at once"


def test_who_and_where() -> None:
    assert words.person(ALERT, date(2026, 11, 22)) == "女 66 岁"
    assert words.person(ALERT, date(2026, 11, 23)) == "女 67 岁"
    assert words.person(changed(born="2026-11-20"), date(2026, 11, 23)) == "女 不满 1 岁"
    assert words.person(changed(born="", sex=""), date(2026, 11, 23)) == ""
    assert words.place(ALERT, {"W03": "心内一病区"}) == "心内一病区 12 床"
    assert words.place(changed(bed=""), {}) == "W03"
    assert words.place(changed(ward="", area="OUTPATIENT"), {}) == "门诊 心血管内科"


def test_thresholds_and_the_version_that_fired() -> None:
    assert words.limits(ALERT) == "危急 < 2.8 或 > 6.2"
    assert words.limits(changed(low="")) == "危急 > 6.2"
    assert words.limits(changed(low="", high="")) == ""
    assert words.limits(changed(low="", high="5.0", value="5")) == "危急 ≥ 5.0"
    assert words.rules(ALERT) == ("seed.1", True)
    assert words.rules(changed(rules="2026-11-01")) == ("2026-11-01", False)
    assert words.why(ALERT) == "检验科标记为危急、超过本院危急界值"


def test_what_was_written_with_a_step() -> None:
    handled = Act(
        member="m", name="周启明", role="医生", at=NOW, measures=("RECHECK",), note="补钾"
    )

    def said(action: str, note: str = "", **fields: object) -> str:
        return words.note(
            changed(**fields), Step(at=NOW, action=action, before="", after="", note=note)
        )

    assert said("handle", handled=handled) == "立即复查；补钾"
    assert said("misread", "2.1") == "复述为 2.1"
    assert said("contact", "UNREACHED") == "未联系上"
    assert said("raise", "first_only:alr0") == "同一患者同一项目近期已在处置，仅通知原处置医生"
    assert said("transfer", "W03 12 → W04 3") == "W03 12 → W04 3"


def test_who_was_first() -> None:
    step = Step(at=NOW, action="receive_as_physician", before="", after="", name="周启明")
    assert words.first(changed(steps=(step,)), "receive") is step
    assert words.first(ALERT, "receive") is None
    assert words.first(ALERT, "contact") is None


def test_gaps_numbers_units_and_flags() -> None:
    assert words.gap("duty_nurse:nobody_on_duty") == f"{SEATS['duty_nurse']}：无人值班"
    assert words.gap("duty_doctor:81013") == f"{SEATS['duty_doctor']}：消息未送达"
    assert words.gap("patient:unknown") == "患者身份：查无记录"
    assert words.masked("V0012345") == "****2345"
    assert words.masked("12") == "12"
    assert words.unit("10*12/L") == "10¹²/L"
    assert words.unit("umol/L") == "μmol/L"
    assert words.flag(("H", "HH")) == "↑↑"
    assert words.flag(()) == ""
