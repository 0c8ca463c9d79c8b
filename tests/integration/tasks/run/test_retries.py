"""Luigi's own settings for retries: a failed task is retried within the run."""

import threading

from tests.support.projects.warehouse import Project

RETRIES = "retry_count = 100\nretry_delay = 0.2\n"


def test_a_task_that_fails_at_first_is_retried_and_its_last_result_counts(
    project: Project,
) -> None:
    config = project.folder / "luigi.cfg"
    text = config.read_text(encoding="utf-8")
    config.write_text(text.replace("retry_count = 1\n", RETRIES), encoding="utf-8")
    project.upstream("ALTER TABLE orders RENAME TO away")

    with project.start_luigi("LoadAll") as process:
        assert process.stderr is not None
        for line in process.stderr:
            if "DumpTable" in line and "failed" in line:
                break
        project.upstream("ALTER TABLE away RENAME TO orders")
        rest = threading.Thread(target=process.stderr.read)
        rest.start()
        assert process.stdout is not None
        summary = process.stdout.read()
        rest.join()
        code = process.wait(timeout=240)

    assert code == 0, summary
    assert "FAILED" not in summary
    assert project.rows("SELECT COUNT(*) FROM {src}.orders") == [(1000,)]


def test_by_default_a_failure_ends_the_task_for_this_run(project: Project) -> None:
    project.upstream("DROP TABLE orders")
    failed = project.luigi("LoadAll", code=30)
    assert failed.err.count("failed    DumpTable") == 1
