"""Addresses with queries."""

import pytest

from wx_backend.entrypoints.web.patient import paths


@pytest.mark.parametrize(
    ("pay_page", "glue"), [("https://pay/x?prepay_id=1&package=2", "&"), ("https://pay/x", "?")]
)
def test_the_way_back_is_added_to_the_platforms_pay_page(pay_page: str, glue: str) -> None:
    back = paths.returning(pay_page, "https://h/h5/a?b=c")
    assert back == f"{pay_page}{glue}redirect_url=https%3A%2F%2Fh%2Fh5%2Fa%3Fb%3Dc"


def test_a_path_to_return_to_survives_as_one_parameter() -> None:
    assert paths.sign_in("/h5/book?slot=s1") == "/h5/sign-in?next=%2Fh5%2Fbook%3Fslot%3Ds1"


def test_a_further_page_keeps_its_tab() -> None:
    assert paths.appointments("ended", "1.a") == "/h5/appointments?show=ended&cursor=1.a"
    assert paths.appointments("", "1.a") == "/h5/appointments?cursor=1.a"
