"""Front-end files are prepared as the pages expect them."""

import gzip

import brotli
import pytest

from wx_backend.entrypoints.web import assets

HEART = (
    '<svg\n width="24"\n>'
    '<path stroke="none" d="M0 0h24v24H0z" fill="none" />\n <path d="M3"/></svg>'
)


def test_px_fonts_follow_the_care_factor_and_nothing_else_changes() -> None:
    css = "a{font-size:17px}b{font-size: 1.5px}c{font-size:0}d{font-size:1.6em;width:17px}"
    assert assets.scale_fonts(css) == (
        "a{font-size:calc(17px*var(--k,1))}b{font-size:calc(1.5px*var(--k,1))}"
        "c{font-size:0}d{font-size:1.6em;width:17px}"
    )


def test_icon_names_are_sorted_once_without_comments() -> None:
    assert assets.icon_names("phone # call\n\n# all\nbone\nphone\n") == ["bone", "phone"]


def test_the_sprite_has_a_symbol_per_icon_without_the_blank_ground() -> None:
    sprite = assets.sprite({"heart": HEART}, "Tabler")
    assert '<symbol id="heart" viewBox="0 0 24 24"><path d="M3"/></symbol>' in sprite
    assert 'stroke="none"' not in sprite


def test_what_is_not_an_svg_is_refused() -> None:
    with pytest.raises(ValueError, match="heart"):
        assets.sprite({"heart": "<html>"}, "Tabler")


def test_packed_copies_hold_the_same_bytes() -> None:
    content = b"body{color:red}" * 50
    copies = assets.packed(content)
    assert brotli.decompress(copies[".br"]) == content
    assert gzip.decompress(copies[".gz"]) == content


def test_nothing_is_packed_that_would_grow() -> None:
    assert assets.packed(b"a") == {}


def test_the_digest_depends_on_where_one_file_ends() -> None:
    assert assets.digest([b"ab", b"c"]) != assets.digest([b"a", b"bc"])
