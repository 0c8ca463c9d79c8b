"""The installed package is complete: each data file of the packages is declared in setup.py."""

import ast
import configparser
from pathlib import Path

from tests.support.paths import ROOT


def declared() -> set[Path]:
    """The files that ``package_data`` of setup.py selects."""
    tree = ast.parse((ROOT / "setup.py").read_text(encoding="utf-8"))
    (value,) = (
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.keyword) and node.arg == "package_data"
    )
    return {
        file
        for package, globs in ast.literal_eval(value).items()
        for glob in globs
        for file in ROOT.joinpath(*package.split(".")).glob(glob)
    }


def test_each_data_file_is_installed():
    files = {
        file
        for package in ("pipeline", "redshift_emulator")
        for file in (ROOT / package).rglob("*")
        if file.is_file() and file.suffix not in {".py", ".pyc"}
    }
    assert len(files) > 10
    assert files - declared() == set()


def test_the_settings_of_a_new_project_are_those_of_this_one():
    """After a change of config/luigi.cfg, copy it to the template without the second upstream."""
    own, template = configparser.ConfigParser(), configparser.ConfigParser()
    own.read(ROOT / "config" / "luigi.cfg", encoding="utf-8")
    template.read(ROOT / "pipeline" / "cli" / "template" / "luigi.cfg", encoding="utf-8")
    own.remove_option("resources", "upstream_hyppo")
    assert {name: dict(template[name]) for name in template} == {
        name: dict(own[name]) for name in own
    }
