"""The fixture ``redshift`` of pytest, and its option ``--designs``, which tests queries.

pytest imports this module in every run, so it is no part of ``pipeline``, whose import takes a
second: that happens only with the option or the fixture.
"""

import warnings
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pipeline.local.alone import Redshift


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option."""
    parser.getgroup("redshift-pipeline").addoption(
        "--designs",
        dest="redshift_pipeline_designs",
        metavar="FOLDER",
        help="Run the tests beside the designs in this folder, such as dim_order.tests.yaml.",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Register the tests of the folder that the option names."""
    folder = config.getoption("redshift_pipeline_designs", None)
    if folder:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # Luigi's
            from pipeline.pytest_plugin import DesignTests  # noqa: PLC0415  (see above)
        config.pluginmanager.register(DesignTests(config, folder), "redshift-pipeline-designs")


@pytest.fixture(scope="session")
def redshift(tmp_path_factory: pytest.TempPathFactory) -> Iterator["Redshift"]:
    """Start a Redshift emulator with an S3 bucket for the run; connect to ``redshift.url``."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # Luigi's
        from pipeline.local import extra  # noqa: PLC0415  (see above)
    with extra.redshift(tmp_path_factory.mktemp("redshift")) as found:
        yield found
