"""Tests of queries as tests of pytest: ``pytest --designs designs``."""

import os
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest

from pipeline.designs.cases.model import Case
from pipeline.designs.cases.parse import parse_cases
from pipeline.designs.folder import is_tests
from pipeline.errors import PipelineError
from pipeline.local.errors import LocalStackError
from pipeline.local.extra import ExtraMissingError, emulator
from pipeline.options import configured
from pipeline.procedures.operations.designs.test import Bench, Result, open_emulator_bench
from pipeline.runtime import Runtime


class DesignTests:
    """The tests of a design folder in one run of pytest; the emulator starts with the first."""

    def __init__(self, config: pytest.Config, folder: str) -> None:
        self.folder = (config.invocation_params.dir / folder).resolve()
        if not self.folder.is_dir():
            raise pytest.UsageError(f"--designs: there is no folder {self.folder}")
        places = [Path(arg.split("::")[0]).resolve() for arg in config.args]
        if not any(place.is_relative_to(self.folder) for place in places):
            config.args.append(str(self.folder))
        self._opened = ExitStack()

    @cached_property
    def cases(self) -> tuple[Case, ...]:
        """All cases of the folder; a DesignError holds every fault."""
        project = Runtime(replace(configured(os.environ), design_dir=str(self.folder))).project
        return parse_cases(project.files, project.catalog.designs)

    @cached_property
    def bench(self) -> Bench:
        """What runs the cases."""
        return self._opened.enter_context(open_emulator_bench(emulator()))

    def pytest_collect_file(self, file_path: Path, parent: pytest.Collector) -> Any:
        """Collect a file of tests in the folder."""
        path = file_path.resolve()
        if not path.is_relative_to(self.folder):
            return None
        name = path.relative_to(self.folder).as_posix()
        if not is_tests(name):
            return None
        return _File.from_parent(parent, path=file_path, tests=self, file=name)

    def pytest_unconfigure(self) -> None:
        """Roll back, and stop the emulator if it was started for the run."""
        self._opened.close()


class _File(pytest.File):
    """A file of tests; each of its cases is an item."""

    def __init__(self, *, tests: DesignTests, file: str, **others: Any) -> None:
        super().__init__(**others)
        self._tests, self._file = tests, file

    def collect(self) -> Iterator[pytest.Item]:
        try:
            cases = [case for case in self._tests.cases if case.file == self._file]
        except PipelineError as error:
            raise self.CollectError(str(error)) from error
        for case in cases:
            yield _Item.from_parent(self, name=case.name, tests=self._tests, case=case)


class _FailedError(Exception):
    """A case failed: the first argument is its result."""


class _Item(pytest.Item):
    """A case."""

    def __init__(self, *, tests: DesignTests, case: Case, **others: Any) -> None:
        super().__init__(**others)
        self._tests, self._case = tests, case

    def runtest(self) -> None:
        result = self._tests.bench.run(self._case)
        if not result.passed:
            raise _FailedError(result)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], *_: Any) -> str:
        """Return what differs, or why there is no emulator; any other error as pytest does."""
        error = excinfo.value
        if isinstance(error, _FailedError):
            result: Result = error.args[0]
            return f"{result.headline}\n\n{result.details()}"
        is_message = isinstance(error, PipelineError | LocalStackError | ExtraMissingError)
        return str(error) if is_message else str(excinfo.getrepr())

    def reportinfo(self) -> tuple[Path, int, str]:
        return self.path, self._case.line - 1, str(self._case)
