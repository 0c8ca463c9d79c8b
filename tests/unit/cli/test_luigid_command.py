"""``pipeline luigid`` warns if it would hand out one load at a time."""

import luigi.cmdline
import luigi.configuration
import pytest
from click.testing import CliRunner

from pipeline.cli.luigid import luigid
from pipeline.tasks.run import scheduler


@pytest.mark.parametrize(("resources", "warnings"), [({}, 1), ({"warehouse": 3}, 0)])
def test_a_configuration_without_resources_is_told(monkeypatch, resources, warnings):
    started = []
    monkeypatch.setattr(luigi.cmdline, "luigid", started.append)
    monkeypatch.setattr(scheduler, "install", lambda: None)
    config = luigi.configuration.get_config()
    monkeypatch.setattr(config, "getintdict", lambda _: resources)
    done = CliRunner().invoke(luigid, ["--port", "1"])
    assert started == [["--port", "1"]]
    assert done.output.count("warning: luigi.cfg has no warehouse in [resources]") == warnings
