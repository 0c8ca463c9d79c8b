"""Print the names of tests that fail as they fail: those of a run that hangs later are known."""

import pytest
from _pytest.terminal import TerminalReporter


class Names:
    """Prints the name of each test that fails, also of those that other processes run."""

    def __init__(self, terminal: TerminalReporter) -> None:
        self.terminal = terminal

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self.terminal.write(f"\nFAILED {report.nodeid}\n", red=True)


def pytest_sessionstart(session: pytest.Session) -> None:
    terminal = session.config.pluginmanager.get_plugin("terminalreporter")
    if terminal is not None and not hasattr(session.config, "workerinput"):
        session.config.pluginmanager.register(Names(terminal))
