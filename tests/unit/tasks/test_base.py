"""What tasks report while they run."""

from pipeline.tasks.bootstrap import BootstrapWarehouse


def test_the_page_of_the_scheduler_gets_no_html():
    """It shows messages, which may hold values of rows, without escaping them."""
    shown = []
    task = BootstrapWarehouse()
    task.set_status_message = shown.append
    task.report_progress("warning: 1 wrong row, such as (note = <img src=x onerror=alert(1)>)")
    assert shown == ["warning: 1 wrong row, such as (note = ‹img src=x onerror=alert(1)>)"]
