"""A pattern from an unset variable is an error, and does not select everything."""

import pytest

from tests.support.projects.warehouse import Project


def test_an_empty_argument_forgets_nothing(project: Project) -> None:
    project.luigi("CopyTable", "--table", "{src}.orders")
    before = project.markers()

    refused = project.pipeline("forget", "", "--all-dates", code=2)

    assert "a pattern is empty" in refused.err
    assert project.markers() == before


@pytest.mark.parametrize("command", ["status", "plan", "validate", "design"])
def test_an_empty_argument_is_refused_everywhere(project: Project, command: str) -> None:
    refused = project.pipeline(command, "", code=2)

    assert "a pattern is empty" in refused.err
