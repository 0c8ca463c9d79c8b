"""A session that is terminated: its client sees the end of the connection."""

import contextlib
import select

import psycopg2
import pytest


@pytest.mark.parametrize("encryption", ["disable", "require"])
def test_a_session_that_is_terminated_while_it_is_idle_ends_at_once(client, emulator, encryption):
    with contextlib.closing(emulator.connect(sslmode=encryption)) as idle:
        with idle.cursor() as cursor:
            cursor.execute("SELECT 1")
        idle.rollback()
        assert client.value("SELECT pg_terminate_backend(%s)", (idle.info.backend_pid,)) is True
        waiting = select.poll()
        waiting.register(idle, select.POLLIN)
        assert waiting.poll(60_000)
        with pytest.raises(psycopg2.OperationalError), idle.cursor() as cursor:
            cursor.execute("SELECT 1")
