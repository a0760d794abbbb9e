"""Every patient screen renders, in both languages, and keeps the rules of a strict page."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir

from tests.helpers.catalogues import english
from tests.helpers.samples.common import KEY, frame
from tests.helpers.samples.screens import SCREENS
from wx_backend.base.render import Renderer
from wx_backend.entrypoints.web import assets

WEB = Path(assets.__file__).parent
PATIENT = WEB / "patient" / "templates"
PLACEHOLDER = re.compile(r"%\(\w+\)s")


class Page(HTMLParser):
    """Collects the tags of a page with their attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def all(self, tag: str) -> list[dict[str, str | None]]:
        """Attributes of all tags of this name."""
        return [attributes for name, attributes in self.tags if name == tag]


@pytest.fixture(scope="module")
def renderer() -> Renderer:
    return Renderer([WEB / "templates", PATIENT], WEB / "static")


def show(renderer: Renderer, name: str, care: bool = False) -> str:
    template, view = SCREENS[name]
    return renderer.page(template, frame=frame(care), view=view)


@pytest.mark.parametrize("name", SCREENS)
def test_a_screen_needs_no_inline_code_or_style(renderer: Renderer, name: str) -> None:
    page = Page(show(renderer, name))
    for tag, attributes in page.tags:
        assert tag != "style"
        assert not [a for a in attributes if a == "style" or a.startswith(("on", "hx-on"))], tag
    for script in page.all("script"):
        assert script.get("src", "").startswith("/static/") or script["type"] == "application/json"


@pytest.mark.parametrize("name", SCREENS)
def test_a_post_carries_the_token_and_its_key(renderer: Renderer, name: str) -> None:
    page = Page(show(renderer, name))
    hidden = {i.get("name"): i.get("value") for i in page.all("input") if i.get("type") == "hidden"}
    posts = [form for form in page.all("form") if form["method"] == "post"]
    if posts:
        assert hidden["_xsrf"] == frame().xsrf
        assert hidden["idempotency_key"] == KEY
    else:
        assert "_xsrf" not in hidden  # a token in a GET form would end in the address


@pytest.mark.parametrize("name", SCREENS)
def test_icons_are_in_the_sprite(renderer: Renderer, name: str) -> None:
    known = assets.icon_names((WEB / "static" / "icons.txt").read_text("utf-8"))
    for use in Page(show(renderer, name)).all("use"):
        assert use["href"].partition("#")[2] in known


def test_every_screen_template_has_a_sample() -> None:
    screens = {
        path.relative_to(PATIENT).as_posix()
        for path in PATIENT.rglob("*.html")
        if path.parent.name != "parts"
    }
    assert screens == {template for template, _ in SCREENS.values()}


def test_elder_mode_is_one_class_and_a_way_back(renderer: Renderer) -> None:
    normal, care = Page(show(renderer, "home")), Page(show(renderer, "home", care=True))
    assert "class" not in normal.all("body")[0]
    assert care.all("body")[0]["class"] == "care"
    assert "?care=1" in [a["href"] for a in normal.all("a")]
    assert "?care=0" in [a["href"] for a in care.all("a")]


@pytest.mark.parametrize("name", ["failure-404", "failure-500"])
def test_every_error_page_says_whom_to_call(renderer: Renderer, name: str) -> None:
    assert "tel:075500001234" in [a["href"] for a in Page(show(renderer, name)).all("a")]


def test_pay_parameters_cannot_end_their_script(renderer: Renderer) -> None:
    text = show(renderer, "pay-launch")
    assert "prepay_id=\\u003c/script\\u003e" in text


def test_a_slot_that_is_not_open_cannot_be_chosen(renderer: Renderer) -> None:
    values = [i["value"] for i in Page(show(renderer, "times")).all("input")]
    assert "slot09:30" in values
    assert not {"slot08:00", "slot08:30", "slot11:00"} & set(values)


def test_what_people_typed_is_escaped(renderer: Renderer) -> None:
    template, view = SCREENS["person-bad"]
    typed = type(view)(
        relations=(), guardians=(), next_href="/", idempotency_key=KEY, name='"><script>x</script>'
    )
    assert "<script>x" not in renderer.page(template, frame=frame(), view=typed)


def test_every_word_has_an_english_one_with_the_same_places() -> None:
    said = {
        message
        for file, _, message, _, _ in extract_from_dir(
            WEB, method_map=[("**/templates/**.html", "jinja2")]
        )
        if not file.startswith("console/")
    }
    known = english("messages")
    assert said == set(known)
    for chinese, words in known.items():
        assert words.strip()
        assert PLACEHOLDER.findall(words) == PLACEHOLDER.findall(chinese)
