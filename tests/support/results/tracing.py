"""Trace a run: its log of statements, or its requests as they pass the drivers."""

from collections import Counter

from tests.support.projects.warehouse import Project

EVERYTHING = """\
[loggers]
keys = root, luigi, pipeline
[handlers]
keys = stderr
[formatters]
keys =
[logger_root]
handlers = stderr
level = WARNING
[logger_luigi]
qualname = luigi-interface
handlers =
level = DEBUG
[logger_pipeline]
qualname = pipeline
handlers =
level = DEBUG
[handler_stderr]
class = StreamHandler
args = (sys.stderr,)
"""


def log_statements(project: Project) -> tuple[str, str]:
    """Return the words of a luigi command that logs every statement to stderr."""
    (project.folder / "logging.cfg").write_text(EVERYTHING, encoding="utf-8")
    return "--logging-conf-file", "logging.cfg"


def trace(project: Project, *words: str) -> Counter[str]:
    """Run a luigi command that succeeds; count its requests to databases and S3, by kind."""
    lines = project.folder / "requests"
    lines.unlink(missing_ok=True)
    command = ("--module", "pipeline", *words, "--local-scheduler")
    project.program("trace", str(lines), *command)
    return Counter(lines.read_text(encoding="utf-8").splitlines())
