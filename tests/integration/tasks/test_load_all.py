"""The main job on real parts: it runs, it is complete, a second run does nothing, only what changed is done again."""

from warehouse_project import DATE, Project


def test_everything_is_loaded_and_a_second_run_does_nothing(project: Project) -> None:
    first = project.luigi("LoadAll")
    assert first.code == 0, first.text
    assert project.rows("SELECT COUNT(*), SUM(total) FROM {src}.orders") == [(1000, 625625)]
    assert project.rows("SELECT id, name FROM {src}.customers ORDER BY id") == [
        (1, "Ann"),
        (2, "Bob 'the' \"builder\""),
        (3, None),
        (4, ""),
    ]
    assert project.rows("SELECT COUNT(*) FROM {dw}.paid") == [(1,)]
    markers, keys = project.markers(), project.keys()

    second = project.luigi("LoadAll")
    assert second.code == 0, second.text
    assert "there was nothing to do" in second.out
    assert (project.markers(), project.keys()) == (markers, keys)
    assert f"Run of {DATE}: all 5 tasks are complete" in second.out
