"""The modules that the emulator imports, in a fresh interpreter."""

import subprocess
import sys

import pytest

HEAVY = ("luigi", "pipeline", "boto3", "botocore", "fastavro", "pyarrow")
MODULES = ("redshift_emulator", "redshift_emulator.server", "redshift_emulator.__main__")
LOADED = """
import importlib, sys
for module in {modules!r}:
    importlib.import_module(module)
print(*sorted({{name.partition(".")[0] for name in sys.modules}} & set({heavy!r})))
"""
STATEMENTS = """
import redshift_emulator, sys
assert "redshift_emulator.statements.copy" not in sys.modules
import redshift_emulator.server
assert "redshift_emulator.dispatch" in sys.modules
assert "redshift_emulator.statements.copy" in sys.modules
"""


def python(code):
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60
    )


def test_serving_loads_neither_the_pipeline_nor_clients_of_s3_nor_parquet():
    done = python(LOADED.format(modules=MODULES, heavy=HEAVY))
    assert (done.returncode, done.stdout.split(), done.stderr) == (0, [], "")


def test_the_server_loads_every_statement():
    assert python(STATEMENTS).returncode == 0


@pytest.mark.parametrize(
    ("module", "loaded"),
    [
        ("redshift_emulator.copy.reading.s3", ["boto3", "botocore"]),
        ("redshift_emulator.copy.reading.avro", ["fastavro"]),
        ("redshift_emulator.copy.reading.parquet", ["pyarrow"]),
    ],
)
def test_the_modules_that_need_a_client_load_it(module, loaded):
    assert python(LOADED.format(modules=(module,), heavy=HEAVY)).stdout.split() == loaded
