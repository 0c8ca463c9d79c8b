"""Ports: kept as long as they are free."""

import socket

from pipeline.local.ports import choose_port, is_free, remembered_port, was_taken


def test_a_port_is_chosen_once_and_kept(tmp_path):
    note = tmp_path / "port"
    assert remembered_port(note) is None
    assert choose_port(note) == choose_port(note) == remembered_port(note)


def test_a_port_that_somebody_took_is_given_up(tmp_path):
    note = tmp_path / "port"
    with socket.create_server(("127.0.0.1", 0)) as stranger:
        taken = stranger.getsockname()[1]
        note.write_text(str(taken))
        assert not is_free(taken)
        assert was_taken(note)
        assert choose_port(note) != taken
    assert not was_taken(note)


def test_a_note_that_is_no_number_counts_as_none(tmp_path):
    note = tmp_path / "port"
    note.write_text("")
    assert remembered_port(note) is None
