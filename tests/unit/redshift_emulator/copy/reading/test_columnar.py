"""PyArrow is imported on demand."""

import subprocess
import sys

CODE = """
import sys
import redshift_emulator.copy, redshift_emulator.copy.command
assert not [name for name in sys.modules if name.startswith("pyarrow")]
from redshift_emulator.copy.reading.columnar import columnar_stream
from tests.support.copy_session import parse
from redshift_emulator.copy.reading.stream import FaultLog
columnar_stream(parse("COPY t FROM 's3://b/k' IAM_ROLE default PARQUET"), (), FaultLog(0))
assert "pyarrow.parquet" in sys.modules
"""


def test_pyarrow_is_imported_for_parquet_files_only():
    done = subprocess.run(
        [sys.executable, "-c", CODE], capture_output=True, text=True, check=False, timeout=60
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_without_pyarrow_the_error_names_what_to_install():
    code = f"import sys\nsys.modules['pyarrow'] = None\n{CODE}"
    done = subprocess.run(
        [sys.executable, "-c", code.replace("assert not", "assert True or")],
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert done.returncode == 1
    assert (
        "which is not installed; install it: pip install 'redshift-pipeline[parquet]'"
        in done.stderr
    )
