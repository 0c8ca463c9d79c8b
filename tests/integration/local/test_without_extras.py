"""What ``pip install .`` alone gives: every subcommand starts and names what an extra adds."""

import subprocess
import sys

from pipeline.cli.main import main
from pipeline.local.extra import INSTALL

BLOCK = """
import sys
from importlib.metadata import distribution, packages_distributions
from packaging.requirements import Requirement

def required(name, extra="", found=frozenset()):
    for text in distribution(name).requires or ():
        each = Requirement(text)
        if each.marker and not each.marker.evaluate({"extra": extra}):
            continue
        key = each.name.lower().replace("_", "-")
        if key not in found:
            found = required(each.name, "", found | {key})
    return found

allowed = {"redshift-pipeline", *required("redshift-pipeline")}
owners = packages_distributions()

class OnlyRequired:
    def find_spec(self, name, path=None, target=None):
        found = {each.lower().replace("_", "-") for each in owners.get(name, ())}
        if found and not found & allowed:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

assert "psutil" not in allowed and "luigi" in allowed
sys.meta_path.insert(0, OnlyRequired())
"""
"""Refuse the modules of every package that the requirements without extras do not bring."""


def python(code: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, "-c", f"{BLOCK}\n{code}"], capture_output=True, text=True, check=False
    )


def test_every_subcommand_starts_without_extras():
    done = python("""
from pipeline.cli.main import main
for name in main.load():
    try:
        main([name, "--help"], prog_name="pipeline")
    except SystemExit as end:
        assert end.code == 0, name
main(["--version", "--verbose"], prog_name="pipeline")
""")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.count("Usage: pipeline ") == len(main.load())
    assert f"  pipeline local needs the extra 'local':\n\n  {INSTALL}\n" in done.stdout


def test_the_local_stack_says_which_extra_it_needs():
    done = python("from pipeline.cli.main import main; main(['local', 'up', '--home', 'nowhere'])")
    assert (done.returncode, done.stdout) == (4, "")
    assert done.stderr == (
        f"Error: pipeline local needs the extra 'local': {INSTALL}"
        " (not installed: psutil, ministack, hypercorn, scramp, cryptography)\n"
    )


def test_so_does_the_emulator():
    done = python("""
import runpy
runpy.run_module("redshift_emulator", run_name="__main__")
""")
    assert done.returncode == 1
    assert done.stderr == f"the emulator needs the package scramp: {INSTALL}\n"


def test_so_do_the_tests_of_queries():
    done = python("""
from pipeline.local import extra
for start in (extra.emulator_of_command, extra.emulator):
    try:
        start()
    except extra.ExtraMissingError as error:
        error.show()
""")
    assert [line.partition(" (")[0] for line in done.stderr.splitlines()] == [
        f"Error: pipeline test needs the extra 'local': {INSTALL}",
        f"Error: pytest --designs needs the extra 'local': {INSTALL}",
    ]
