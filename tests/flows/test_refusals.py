"""Who is refused is told so in a form they can read: a page for people, JSON for programs."""

import pytest

from tests.helpers.http import http_client
from tests.helpers.outpatient import IN_ONE_LOOP, fixture

pytestmark = IN_ONE_LOOP

BROWSER = {"Accept": "text/html,application/xhtml+xml"}


@fixture
async def http(hospital):
    async with http_client(hospital.url) as client:
        yield client


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/nowhere", 404),
        ("/signin/wechat/chnone?code=x&state=y", 401),
        ("/h5/doctors/docnone", 404),
    ],
)
async def test_a_browser_gets_a_page_with_the_hospitals_phone(http, path, status):
    answer = await http.get(path, headers=BROWSER)
    assert answer.status_code == status
    assert answer.headers["Content-Type"].startswith("text/html")
    assert "tel:" in answer.text
    assert "Content-Security-Policy" in answer.headers


async def test_a_program_gets_the_one_error_body(http):
    answer = await http.get("/nowhere", headers={"X-Request-ID": "trace-of-the-test"})
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (404, "not_found")
    assert error["trace"] == "trace-of-the-test"


async def test_a_visitor_is_led_to_the_sign_in_page_and_back(http):
    answer = await http.get("/h5/appointments", headers=BROWSER)
    assert answer.status_code == 303
    assert answer.headers["Location"].endswith("next=%2Fh5%2Fappointments")


@pytest.mark.parametrize("query", ["care=%ff", "lang=%ff", "q=%ff%fe"])
async def test_bytes_that_are_no_text_do_not_break_a_page(http, query):
    answer = await http.get(f"/h5/departments?{query}", headers=BROWSER)
    assert answer.status_code in (200, 400, 422)
    assert "text/html" in answer.headers["Content-Type"]


async def test_a_post_without_the_form_token_changes_nothing(hospital, http):
    before = hospital.house.db.calls["appointments.insert"]
    answer = await http.post("/h5/book", data={"slot": "x"}, headers=BROWSER)
    assert answer.status_code in (303, 403)
    assert hospital.house.db.calls["appointments.insert"] == before
