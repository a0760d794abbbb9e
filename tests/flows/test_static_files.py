"""Style sheets, scripts and icons over HTTP: packed when the browser takes it, always whole."""

import pytest

from tests.helpers.front import served
from tests.helpers.houses import bare_house
from tests.helpers.visitor import Visitor
from wx_backend.base.settings import Settings
from wx_backend.entrypoints.web import site

TEXT = "body{color:#17202b}" * 200


@pytest.mark.parametrize(("coding", "suffix"), [("br", ".br"), ("gzip", ".gz")])
async def test_a_packed_copy_has_its_own_length_and_the_plain_type(
    mongo_uri, tmp_path, coding: str, suffix: str
) -> None:
    (tmp_path / "site.css").write_text(TEXT)
    copy = b"shorter than the file"
    (tmp_path / f"site.css{suffix}").write_bytes(copy)
    routes = site.routes(Settings(static_dir=str(tmp_path)))[:1]
    async with (
        bare_house(mongo_uri, []) as house,
        served(house, "ins1", routes) as url,
        Visitor(url) as visitor,
    ):
        request = visitor.http.stream(
            "GET", "/static/site.css?v=1", headers={"Accept-Encoding": coding}
        )
        async with request as answer:
            assert b"".join([part async for part in answer.aiter_raw()]) == copy
        assert answer.headers["Content-Encoding"] == coding
        assert answer.headers["Content-Type"] == "text/css"
        assert "immutable" in answer.headers["Cache-Control"]
        plain = await visitor.get("/static/site.css", **{"Accept-Encoding": "identity"})
    assert plain.html == TEXT
    assert "Cache-Control" not in plain.response.headers
