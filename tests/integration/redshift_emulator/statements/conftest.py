"""Procedures of tests."""

import pytest


@pytest.fixture
def procedure(client):
    """Return a function that creates the procedure ``p``."""

    def create(body, arguments="", options=""):
        client.run(
            f"CREATE OR REPLACE PROCEDURE p({arguments}) {options} AS $$ {body} $$"
            " LANGUAGE plpgsql"
        )

    return create
