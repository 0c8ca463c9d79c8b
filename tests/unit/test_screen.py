"""Tables on a terminal of any width, and without one: no text is ever truncated."""

import pytest
from rich.cells import cell_len
from rich.text import Text

from pipeline.screen import PIPE, Screen, line, tabulate

HEADINGS = ("relation", "date", "by", "rows", "state")
ROWS = [
    ("analytics.fct_daily_sales", "2026-11-22", "RefreshCtas", "11,385", "ok"),
    ("www.orders", "2026-11-22", "CopyTable", "333,335", "older than a.x, b.y, c.z, d.w, e.v"),
    ("www.kunden_straße", "", "", "", "FAILED in CopyTable; [red] array[1] of 名前 is too long"),
]


def letters(text: str) -> list[str]:
    return sorted(text.replace("─", "").replace(" ", "").replace("\n", ""))


WRITTEN = letters("".join(HEADINGS) + "".join("".join(row) for row in ROWS))


@pytest.mark.parametrize("width", [40, 60, 79, 80, 81, 100, 140, 400])
def test_on_a_terminal_of_any_width_every_character_is_there_and_no_line_is_wider(
    width: int,
) -> None:
    text = tabulate(HEADINGS, ROWS, Screen(width))
    assert letters(text) == WRITTEN
    assert max(map(cell_len, text.splitlines())) <= width


@pytest.mark.parametrize("rows", [ROWS, [], [("a ", " b", "", "1 ", "e\u0301 [b]x[/] :100:")]])
def test_a_file_gets_what_a_wide_terminal_shows(rows) -> None:
    assert tabulate(HEADINGS, rows, PIPE) == tabulate(HEADINGS, rows, Screen(400))


@pytest.mark.parametrize("text", ["", "two  ", "a\tb", "x" * 300, "e\u0301 [b]x[/] :100:"])
def test_a_line_is_printed_as_it_is_and_not_wrapped(text: str) -> None:
    assert line(text, PIPE, "red") == f"{text.expandtabs()}\n"
    assert text.expandtabs() in line(text, Screen(80, color=True), "red")


@pytest.mark.parametrize("width", [80, 100])
def test_names_and_figures_stay_whole_while_words_are_folded(width: int) -> None:
    text = tabulate(HEADINGS, ROWS, Screen(width), spare=("by",))
    for row in ROWS:
        line = next(each for each in text.splitlines() if row[0] in each)
        assert row[3] in line
        assert row[1] in line


def test_a_narrow_terminal_omits_spare_columns_and_names_them() -> None:
    narrow = tabulate(HEADINGS, ROWS, Screen(76), spare=("by", "date"))
    assert narrow.endswith("This terminal is too narrow for: by.\n")
    assert "RefreshCtas" not in narrow
    assert "2026-11-22" in narrow
    narrower = tabulate(HEADINGS, ROWS, Screen(60), spare=("by", "date"))
    assert narrower.endswith("This terminal is too narrow for: date, by.\n")
    wide = tabulate(HEADINGS, ROWS, Screen(140), spare=("by", "date"))
    assert wide == tabulate(HEADINGS, ROWS, Screen(140))


def test_in_a_pipe_every_row_is_one_line_however_long() -> None:
    rows = [("www.orders", "2026-11-22", "CopyTable", "1", "x" * 20_000), *ROWS]
    lines = tabulate(HEADINGS, rows, PIPE).splitlines()
    for row in rows:
        assert sum(all(cell in line for cell in row) for line in lines) == 1


def test_in_a_pipe_a_message_of_several_lines_is_one() -> None:
    text = tabulate(("check", "found"), [("COPY", "failed\nline: 7"), ("a", "b")], PIPE)
    assert "COPY    failed / line: 7\n" in text
    assert "failed\n" in tabulate(("check", "found"), [("COPY", "failed\nline: 7")], Screen(80))


def test_no_line_ends_with_spaces() -> None:
    for screen in (PIPE, Screen(80)):
        for shown in tabulate(HEADINGS, ROWS, screen).splitlines():
            assert shown == shown.rstrip()


def test_colors_are_for_terminals() -> None:
    rows = [("www.orders", Text("failed", "red"))]
    assert "\x1b[31mfailed" in tabulate(("relation", "status"), rows, Screen(80, color=True))
    assert "\x1b" not in tabulate(("relation", "status"), rows, PIPE)


def test_a_table_without_rows_has_its_headings() -> None:
    assert "relation" in tabulate(HEADINGS, [], PIPE)
