"""Time ``pipeline test`` on 100 cases, 5 for each of 20 derived relations, with its start.

    python benchmarks/query_tests.py [--cases 100]

Prints the time of the whole command, the start of a private emulator included. Each query joins
three tables of 20 columns.
"""

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

TARGET = 15.0
EACH = 5
COLUMNS = [f"{{name: c{number}, sql_type: varchar(80), encoding: zstd}}" for number in range(19)]
TABLE = """\
name: www.t{n}
source_name: www.public.t{n}
columns:
  - {{name: id, sql_type: bigint, not_null: true}}
  - {columns}
constraints:
  - primary_key: [id]
"""
DERIVED = """\
name: dw.d{n}
source_name: CTAS
columns:
  - {{name: id, sql_type: bigint, not_null: true}}
  - {columns}
constraints:
  - primary_key: [id]
"""
QUERY = """\
SELECT a.id, {columns}
FROM www.t0 AS a
LEFT JOIN www.t1 AS b ON b.id = a.id
LEFT JOIN www.t2 AS c ON c.id = b.id
WHERE a.id <> {n}
"""
CASE = """\
  - name: case {n}
    given:
      www.t0: [{{id: 101, c0: a}}, {{id: 102, c0: b}}]
      www.t1: [{{id: 101, c0: a}}, {{id: 102, c0: b}}]
      www.t2: [{{id: 101, c0: a}}, {{id: 102, c0: b}}]
    expect:
      - {{id: 101, c0: a, c1: null}}
      - {{id: 102, c0: b, c1: null}}
"""
CONFIGURATION = """\
{"s3": {"bucket_name": "none"},
 "sources": [
    {"name": "dw"},
    {"name": "www", "read_access": "DATABASE_NONE", "include_tables": ["public.*"]}
 ]}
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cases", type=int, default=100)
    cases = parser.parse_args().cases
    with tempfile.TemporaryDirectory() as folder:
        write_project(Path(folder), cases // EACH)
        started = time.monotonic()
        command = [sys.executable, "-m", "pipeline", "-c", "sources.json", "-d", "designs", "test"]
        done = subprocess.run(command, cwd=folder, check=True, stdout=subprocess.PIPE, text=True)
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        print(done.stdout.strip())
        print(f"the whole command: {time.monotonic() - started:.1f} s, target {TARGET:g} s")
        print(f"CPU time, with the emulator: {used.ru_utime + used.ru_stime:.1f} s")


def write_project(folder: Path, relations: int) -> None:
    columns = "\n  - ".join(COLUMNS)
    files = {"sources.json": CONFIGURATION}
    for n in range(3):
        files[f"designs/www/public-t{n}.yaml"] = TABLE.format(n=n, columns=columns)
    for n in range(relations):
        names = ", ".join(f"a.c{number}" for number in range(19))
        files[f"designs/dw/d{n}.yaml"] = DERIVED.format(n=n, columns=columns)
        files[f"designs/dw/d{n}.sql"] = QUERY.format(n=n, columns=names)
        tests = "".join(CASE.format(n=number) for number in range(EACH))
        files[f"designs/dw/d{n}.tests.yaml"] = f"tests:\n{tests}"
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
