"""Frames out of a stream that is cut anywhere and carries noise."""

from hypothesis import given
from hypothesis import strategies as st

from wx_backend.gateways.hl7.mllp import Broken, Frame, Framer, wrap

BODIES = st.lists(
    st.binary(max_size=40).map(lambda b: b.replace(b"\x0b", b"").replace(b"\x1c", b""))
)
NOISE = st.binary(max_size=10).map(lambda b: b.replace(b"\x0b", b""))


def fed(framer: Framer, stream: bytes, cuts: list[int]) -> list[Frame | Broken]:
    found, start = [], 0
    for cut in [*sorted(cut % (len(stream) + 1) for cut in cuts), len(stream)]:
        found += framer.feed(stream[start:cut])
        start = cut
    return found


@given(BODIES, NOISE, st.lists(st.integers(0, 10_000), max_size=20))
def test_frames_survive_cuts_and_noise(bodies: list[bytes], noise: bytes, cuts: list[int]) -> None:
    stream = noise + noise.join(wrap(body) for body in bodies) + noise
    framer = Framer()
    assert fed(framer, stream, cuts) == [Frame(body) for body in bodies]
    assert not framer.open


def test_one_byte_at_a_time() -> None:
    framer = Framer()
    found = [
        item
        for byte in b"x" + wrap(b"ab") + b"\r" + wrap(b"c")
        for item in framer.feed(bytes([byte]))
    ]
    assert found == [Frame(b"ab"), Frame(b"c")]
    assert framer.noise == 1


def test_a_control_byte_inside_is_content() -> None:
    assert Framer().feed(wrap(b"a\x1cb")) == [Frame(b"a\x1cb")]


def test_a_frame_that_is_cut_off_costs_only_itself() -> None:
    assert Framer().feed(b"\x0bhalf" + wrap(b"whole")) == [
        Broken("unfinished", b"half"),
        Frame(b"whole"),
    ]


def test_a_missing_last_cr_is_forgiven() -> None:
    assert Framer().feed(b"\x0bone\x1c" + wrap(b"two")) == [Frame(b"one"), Frame(b"two")]
    framer = Framer()
    assert framer.feed(b"\x0bone\x1c") == []
    assert framer.close() == Frame(b"one")
    assert framer.close() is None


def test_the_stream_ends_inside_a_frame() -> None:
    framer = Framer()
    framer.feed(b"\x0bhalf")
    assert framer.open
    assert framer.close() == Broken("unfinished", b"half")
    assert not framer.open


@given(st.lists(st.integers(0, 10_000), max_size=20))
def test_what_is_too_long_is_dropped_and_its_neighbour_is_not(cuts: list[int]) -> None:
    framer = Framer(most=50)
    stream = wrap(b"a" * 50) + wrap(b"b" * 500) + wrap(b"c" * 51) + wrap(b"d")
    found = fed(framer, stream, cuts)
    assert [type(item) for item in found] == [Frame, Broken, Broken, Frame]
    assert [item.reason for item in found[1:3]] == ["too_long", "too_long"]
    assert found[3] == Frame(b"d")


def test_too_long_and_then_a_new_start_without_an_end() -> None:
    framer = Framer(most=5)
    assert framer.feed(b"\x0b" + b"a" * 20) == [Broken("too_long", b"a" * 20)]
    assert framer.feed(b"aaa" + wrap(b"next")) == [Frame(b"next")]


@given(st.lists(st.binary(max_size=30)))
def test_any_stream_at_all(chunks: list[bytes]) -> None:
    framer = Framer(most=64)
    for chunk in chunks:
        framer.feed(chunk)
    framer.feed(b"\x1c\r")
    assert framer.feed(wrap(b"MSH"))[-1] == Frame(b"MSH")
