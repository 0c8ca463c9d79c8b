"""Every command of docs/embedding.md and its example, in their order."""

import re

from tests.support.pages import blocks, read_page
from tests.support.processes import program_environment, run
from tests.support.projects.warehouse import DATE, Project

PAGE = read_page("docs/embedding.md")


def test_the_example_and_the_commands_work_as_printed(project: Project) -> None:
    """Only the source has another name, since tests share a warehouse."""
    page = re.sub(r"\bwww\b", project.src, PAGE)
    [example] = blocks(page, "python")
    (project.folder / "report.py").write_text(example, encoding="utf-8")
    environment = {**project.environment, **program_environment()}
    out = []
    commands = [line for text in blocks(page, "shell") for line in text.splitlines()]
    for command in commands:
        done = run(command, cwd=project.folder, env=environment)
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
        out.append(done.stdout)
    for date in (DATE, "2026-11-22"):
        report = (project.folder / f"orders-{date}.csv").read_text(encoding="utf-8")
        assert report.splitlines() == ["new,333", "paid,334", ",333", "dumped,1000"]
    assert "Run of 2026-11-20 to 2026-11-21: 3 tasks done" in out[2]
    assert "there was nothing to do" in out[3]
    assert "COMPLETE" in out[4]
    assert "Run of" not in out[4]
    assert re.search(rf": \[S3\] s3://\S+/data/{DATE}/\S+\.manifest", out[5])
