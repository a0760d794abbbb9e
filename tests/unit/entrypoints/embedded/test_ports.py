"""Ports stay the same from run to run unless somebody else took them."""

import socket
from pathlib import Path

import pytest

from wx_backend.entrypoints.embedded.ports import PortBook, is_free


@pytest.fixture
def book(tmp_path: Path) -> PortBook:
    return PortBook(tmp_path / "ports.json")


def test_a_port_is_remembered(book: PortBook, tmp_path: Path) -> None:
    assert PortBook(tmp_path / "ports.json").port("web") == book.port("web")


def test_names_get_different_ports(book: PortBook) -> None:
    assert len({book.port(name) for name in ("web", "phone", "sandbox")}) == 3


def test_a_taken_port_is_replaced(book: PortBook) -> None:
    first = book.port("web")
    with socket.socket() as squatter:
        squatter.bind(("127.0.0.1", first))
        squatter.listen()
        assert not is_free(first)
        second = book.port("web")
    assert second != first
    assert book.port("web") == second


def test_a_forgotten_port_is_picked_anew(book: PortBook, tmp_path: Path) -> None:
    book.port("web")
    book.forget("web")
    assert (tmp_path / "ports.json").read_text().split() == ["{}"]
