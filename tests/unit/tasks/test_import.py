"""Importing the package changes nothing of the process that imports it."""

import json
import subprocess
import sys

from tests.support.paths import ROOT

PROGRAM = """
import json, logging, sys, luigi, luigi.interface
from luigi.configuration import get_config

def state():
    config = get_config()
    names = ["", "luigi", "luigi-interface", "pipeline", "pipeline.tasks"]
    loggers = [logging.getLogger(name) for name in names]
    return {
        "hook": sys.excepthook is sys.__excepthook__,
        "configuration": {name: dict(config.items(name)) for name in config.sections()},
        "logging": [[str(each.handlers), str(each.filters), each.level] for each in loggers],
        "events": sorted(map(str, luigi.Task._event_callbacks)),
    }

before = state()
import pipeline
imported = state()
pipeline.BootstrapWarehouse()
print(json.dumps([before, imported, state()]))
"""

FOREIGN = """
import logging, os, luigi, pipeline
logging.basicConfig()

class Other(luigi.ExternalTask):
    pass

task = pipeline.BootstrapWarehouse()
task.trigger_event(luigi.Event.DEPENDENCY_DISCOVERED, task, Other())
os._exit(0)
"""


def python(program):
    return subprocess.run(
        [sys.executable, "-c", program],
        env={"PYTHONPATH": str(ROOT), "LUIGI_CONFIG_PATH": "/dev/null"},
        capture_output=True,
        text=True,
        check=True,
    )


def test_only_the_first_task_prepares_a_luigi_command():
    ended = python(PROGRAM)
    before, imported, prepared = json.loads(ended.stdout)
    assert imported == before
    assert all(prepared[name] != before[name] for name in before)


def test_a_requirement_of_another_package_causes_no_error():
    assert "Error in event callback" not in python(FOREIGN).stderr
