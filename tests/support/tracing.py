"""Have a run log all that this project logs: every statement, besides what Luigi itself says."""

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
