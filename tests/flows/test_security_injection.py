"""What a laboratory, a colleague or a patient writes is text wherever it is shown, never code."""

import re
from datetime import date

import pytest

from notify.critical import store
from tests.helpers.bedside import LAB, Clinician, hears, inpatient
from tests.helpers.console import Staffer
from tests.helpers.hospital import Hospital
from wx_backend.base.errors import Invalid
from wx_backend.base.render import Renderer
from wx_backend.directory.institutions.model import Channel
from wx_backend.directory.institutions.needs import lacks
from wx_backend.entrypoints.demo import hl7, staff
from wx_backend.entrypoints.web import site
from wx_backend.identity.patients.model import clean_name
from wx_backend.identity.staff import service as members
from wx_backend.identity.staff.model import MemberForm

EVIL = "\"'><img src=x onerror=alert(1)></script>"
NURSE = "zhao-ting"
UNESCAPED = re.compile(r"""(?<!['"])(?<!attributes)(?<!\|e\))\|\s*safe|autoescape""")


@pytest.fixture
async def hospital(mongo_uri, sandbox):
    async with Hospital(mongo_uri, sandbox) as running:
        yield running


async def hostile_alert(hospital: Hospital) -> str:
    """A critical result whose words would be code."""
    one = inpatient()
    report = hl7.report("RX1", one, "SX00001", critical=True).replace("^钾^", f"^{EVIL}^")
    assert EVIL in report
    await hears(hospital, hl7.admission("AX1", one))
    await hears(hospital, report.replace("mmol/L", "mmol/<b>L"))
    await hospital.crank()
    [found] = [a for a in await store.open_ones(hospital.ctx()) if a.visit_no == one.visit]
    return found.id


async def test_a_laboratory_cannot_write_into_the_pages(hospital):
    key = await hostile_alert(hospital)
    async with Clinician(hospital) as nurse:
        await nurse.enter(NURSE)
        for path in (
            "/doctor/", "/doctor/alerts", f"/doctor/alerts/{key}", f"/doctor/alerts/{key}/report",
            "/doctor/messages", "/console/critical", f"/console/critical/{key}",
        ):  # fmt: skip
            page = await nurse.get(path)
            assert page.status == 200, path
            assert "<img src=x" not in page.html, path
            assert "mmol/<b>" not in page.html, path
        assert "&lt;img src=x" in (await nurse.get(f"/doctor/alerts/{key}")).html


async def test_nor_can_a_colleague_or_an_address(hospital):
    member = staff.BY_KEY[NURSE]
    ctx = hospital.ctx().acting_as(LAB)
    known = await members.member(ctx, member.id)
    await members.edit(ctx, member.id, known.version, MemberForm(name=EVIL[:30]))
    browser = Staffer(hospital.url, hospital.house)
    await browser.enter("cheng-hao")
    looked_for = await browser.act("/console/staff", "/console/staff", q=EVIL[:40])
    for page in (
        looked_for,
        await browser.get("/console/staff"),
        await browser.get(f"/console/staff/{member.id}"),
    ):
        assert page.status == 200
        assert "<img src=x" not in page.html
    for path in (f"/h5/departments?q={EVIL}", f"/h5/sign-in?next={EVIL}", f"/nowhere?x={EVIL}"):
        page = await browser.get(path, Accept="text/html")
        assert "<img src=x" not in page.html, path
    await browser.http.aclose()


async def test_a_search_is_words_and_no_pattern(hospital):
    """Neither an operator of the database nor a pattern that runs for ever."""
    browser = Staffer(hospital.url, hospital.house)
    await browser.enter("cheng-hao")
    for words in (".*", "(a+)+$", "[", '{"$ne": ""}', "\\"):
        page = await browser.act("/console/staff", "/console/staff", q=words)
        assert page.status == 200, words
        assert staff.BY_KEY[NURSE].number not in page.text, words
    await browser.http.aclose()


@pytest.mark.parametrize("name", ["<b>张三</b>", "张三\r\nX: y", "=1+1", "张\x00三", "{{7*7}}"])
def test_a_name_is_a_name(name):
    with pytest.raises(Invalid):
        clean_name(name)


@pytest.mark.parametrize("made", [EVIL, date(2026, 11, 24)])
def test_data_for_a_script_cannot_leave_its_element(made, tmp_path):
    (tmp_path / "a.html").write_text("<p data-x='{{ v|tojson }}'>{{ v }}</p>")
    page = Renderer([tmp_path]).page("a.html", v=str(made))
    assert page.count("<") == 2
    assert page.count("'") == 2


def test_every_template_escapes():
    """Wherever ``|safe`` stands, it marks the template's own words, or ones escaped just before."""
    found = [
        f"{path.name}: {line.strip()[:80]}"
        for folder in site.TEMPLATES
        for path in folder.rglob("*.html")
        for line in path.read_text("utf-8").splitlines()
        if UNESCAPED.search(line)
    ]
    assert found == []
    assert UNESCAPED.search("{{ alert.name|safe }}")


@pytest.mark.parametrize(
    "host", ["169.254.169.254", "0.0.0.1", "a b", "evil.test/x", "[::1]", "user@evil.test", "-x"]
)
def test_the_address_of_a_laboratory_system_is_a_host(host):
    lis = Channel(
        id="chn", inst="ins", platform="lis", version=1, appid="LIS|JQ",
        params={"host": "lis.hospital.lan", "port": "2576"},
    )  # fmt: skip
    assert lacks(lis, {}) == {}
    lis.params["host"] = host
    assert lacks(lis, {}) == {"params.host": "应为主机名或地址"}
