"""The trees of tests mirror the packages, and CI runs every Python that the package names."""

import ast
from pathlib import Path

import pytest
import yaml

from tests.support.paths import ROOT

OUTSIDE = {"derived", "docs", "support", "redshift_emulator/clients"}
"""Tests of pages, of what tests share and of other projects' clients; queries to compare with."""


def folders(tree: str) -> set[Path]:
    return {file.parent.relative_to(ROOT / tree) for file in (ROOT / tree).rglob("test_*.py")}


def is_mirrored(folder: Path) -> bool:
    places = (ROOT / folder, ROOT / "pipeline" / folder, ROOT / "pipeline" / f"{folder}.py")
    return any(place.exists() for place in places)


@pytest.mark.parametrize("tree", ["tests/unit", "tests/integration"])
def test_every_folder_of_tests_is_a_package_or_a_module(tree):
    found = {folder for folder in folders(tree) if not is_mirrored(folder)}
    assert {str(folder) for folder in found} <= OUTSIDE


def test_no_test_module_imports_from_another():
    for file in (ROOT / "tests").rglob("*.py"):
        tree = ast.parse(file.read_text(encoding="utf-8"))
        names = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
        shared = ("tests.support", "tests.programs.instrument")
        assert all(name.startswith(shared) for name in names if name.startswith("tests")), file


def test_ci_runs_every_python_that_the_package_names():
    workflow = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text(encoding="utf-8"))
    job = workflow["jobs"]["run"]
    metadata = (ROOT / "setup.py").read_text(encoding="utf-8")
    for version in job["strategy"]["matrix"]["python"]:
        assert f"Programming Language :: Python :: {version}" in metadata
    assert metadata.count("Programming Language ::") == len(job["strategy"]["matrix"]["python"])
    assert job["steps"][-1] == {"run": ".ci/run"}
