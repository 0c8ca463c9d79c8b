"""A project with upstream databases and designs but no warehouse, for one test."""

import json
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from pipeline.designs.catalog import Catalog
from pipeline.stores.designs.folder import read_folder
from tests.support import forked
from tests.support.database import query
from tests.support.processes import command_environment
from tests.support.results.output import check_json


@dataclass
class UpstreamProject:
    """A folder with sources.json and designs; sources are added by name."""

    folder: Path
    sources: list[dict] = field(default_factory=list)
    dsns: dict[str, str] = field(default_factory=dict)
    type_maps: dict = field(default_factory=dict)
    bucket: str = "bucket"

    @property
    def designs(self) -> Path:
        return self.folder / "designs"

    def add(self, name: str, dsn: str, include=("public.*",), **settings) -> None:
        """Add a source with an upstream."""
        variable = f"UPSTREAM_{name.upper()}"
        self.dsns[variable] = dsn
        self.sources.append(
            {"name": name, "read_access": variable, "include_tables": list(include), **settings}
        )

    def execute(self, name: str, sql: str) -> list[tuple]:
        """Execute a script in a source's database; return its rows if it has any."""
        return query(self.dsns[f"UPSTREAM_{name.upper()}"], sql)

    def run(self, *words: str, code: int = 0) -> subprocess.CompletedProcess[str]:
        """Run ``pipeline ...`` to its end, which is with this exit code; check its JSON."""
        done = self.python("pipeline", *words, code=code)
        check_json(words, done.stdout)
        return done

    def python(self, module: str, *words: str, code: int = 0, **environment: str):
        """Run a module's command to its end, which is with this exit code."""
        sources = [*self.sources, {"name": "dw"}]
        configuration = {
            "s3": {"bucket_name": self.bucket},
            "sources": sources,
            "type_maps": self.type_maps,
        }
        (self.folder / "sources.json").write_text(json.dumps(configuration), encoding="utf-8")
        variables = {**self.dsns, **environment, "DATA_WAREHOUSE_CONFIG": "sources.json"}
        command = [sys.executable, "-m", module, *words]
        done = forked.run(command, cwd=self.folder, env=command_environment(**variables))
        assert done.returncode == code, (done.returncode, done.stdout, done.stderr)
        return done

    def texts(self) -> dict[str, str]:
        """The files of the design folder."""
        return read_folder(self.designs)

    def catalog(self) -> Catalog:
        """The designs; raises if they have a fault."""
        return Catalog.parse(self.texts())

    def write(self, path: str, text: str) -> None:
        file = self.designs / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")

    def edit(self, path: str, old: str, new: str) -> None:
        """Replace a text that occurs once in a file."""
        file = self.designs / path
        text = file.read_text(encoding="utf-8")
        assert text.count(old) == 1, (old, text)
        file.write_text(text.replace(old, new), encoding="utf-8")
