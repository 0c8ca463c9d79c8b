"""Ports are kept as long as they are free."""

import socket

from pipeline.local.processes import ports
from pipeline.local.processes.ports import choose_port, is_free, read_port, was_taken


def test_a_port_is_chosen_once_and_kept(tmp_path):
    file = tmp_path / "port"
    assert read_port(file) is None
    assert choose_port(file) == choose_port(file) == read_port(file)


def test_a_port_that_a_killed_server_still_closes_is_kept(tmp_path, monkeypatch):
    file = tmp_path / "port"
    killed = socket.create_server(("127.0.0.1", 0))
    port = killed.getsockname()[1]
    file.write_text(str(port))
    monkeypatch.setattr(ports.time, "sleep", lambda seconds: killed.close())
    assert choose_port(file) == port


def test_a_port_that_another_program_took_is_replaced(tmp_path, monkeypatch):
    monkeypatch.setattr(ports, "CLOSING_SECONDS", 0)
    file = tmp_path / "port"
    with socket.create_server(("127.0.0.1", 0)) as stranger:
        taken = stranger.getsockname()[1]
        file.write_text(str(taken))
        assert not is_free(taken)
        assert was_taken(file)
        assert choose_port(file) != taken
    assert not was_taken(file)


def test_a_file_without_a_number_holds_no_port(tmp_path):
    file = tmp_path / "port"
    file.write_text("")
    assert read_port(file) is None
