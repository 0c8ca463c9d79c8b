"""A pattern from an unset variable is an error, and does not select everything."""

import pytest

from tests.support.projects.warehouse import Project


def test_an_empty_argument_forgets_nothing(project: Project) -> None:
    done = project.luigi("CopyTable", "--table", "{src}.orders")
    assert done.code == 0, done.text
    before = project.markers()

    refused = project.pipeline("forget", "", "--all-dates")

    assert refused.code == 2, refused.text
    assert "a pattern is empty" in refused.err
    assert project.markers() == before


@pytest.mark.parametrize("command", ["status", "plan", "validate", "design"])
def test_an_empty_argument_is_refused_everywhere(project: Project, command: str) -> None:
    refused = project.pipeline(command, "")

    assert refused.code == 2, refused.text
    assert "a pattern is empty" in refused.err
