"""The option ``--designs`` of pytest, which runs the tests of queries.

pytest imports this module in every run, so it is no part of ``pipeline``, whose import takes a
second: that happens only with the option.
"""

import warnings

import pytest


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
