"""Ports are found free, remembered, and never taken from others."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from config.up.ports import Ports, PortTakenError, exact_socket, listening_socket


@pytest.fixture
def taken() -> Iterator[int]:
    """A port that somebody else listens on."""
    with listening_socket(0) as somebody:
        yield somebody.getsockname()[1]


def test_a_taken_port_makes_way_for_another(taken: int) -> None:
    with listening_socket(taken) as sock:
        assert sock.getsockname()[1] != taken


def test_a_port_that_was_asked_for_by_number_is_not_replaced(taken: int) -> None:
    with pytest.raises(PortTakenError, match=f"Port {taken} is in use"):
        exact_socket(taken)


def test_the_port_of_the_last_run_is_taken_again_while_it_is_free(tmp_path: Path) -> None:
    file = tmp_path / "ports.json"
    first = Ports(file).choose("web", preferred=0)
    assert Ports(file).choose("web", preferred=0) == first
    with exact_socket(first):
        assert Ports(file).choose("web", preferred=0) != first


def test_only_this_machine_can_reach_a_port() -> None:
    with listening_socket(0) as sock:
        assert sock.getsockname()[0] == "127.0.0.1"
        assert sock.family == socket.AF_INET
