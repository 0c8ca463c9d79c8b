"""The destination of events: what is a URL, what a file, and what is refused without its text."""

import pytest

from pipeline.errors import ConfigError
from pipeline.openlineage.destination import Destination


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("http://marquez:5000", "http://marquez:5000/api/v1/lineage"),
        ("https://catalog.example.com/", "https://catalog.example.com/api/v1/lineage"),
        ("https://h/openlineage/api", "https://h/openlineage/api"),
        ("log/events.jsonl", "log/events.jsonl"),
    ],
)
def test_a_url_without_a_path_is_that_of_the_api(text: str, expected: str):
    assert str(Destination.parse(text)) == expected


@pytest.mark.parametrize(
    "text",
    [
        "ftp://h/S3cret",
        "http:///S3cret",
        "http://u:S3cret@h",
        "http://h/?key=S3cret",
        "http://h:S3cret/",
        "http://[S3cret/",
    ],
)
def test_a_url_that_may_hold_a_secret_is_not_shown(text: str):
    with pytest.raises(ConfigError, match="destination") as raised:
        Destination.parse(text)
    assert "S3cret" not in str(raised.value)
