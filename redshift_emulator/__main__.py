"""The command ``python -m redshift_emulator --config FILE``."""

import argparse
import logging
import signal
import sys
import threading
from pathlib import Path
from types import FrameType

NEEDS = "the emulator needs the package {}: pip install 'redshift-pipeline[local]'"
try:
    from redshift_emulator.protocol.backend import BackendError
    from redshift_emulator.protocol.configuration import ConfigurationError, read_settings
    from redshift_emulator.protocol.wire import ConnectionLostError
    from redshift_emulator.server import Server
    from redshift_emulator.session.install import InstallError, install
except ModuleNotFoundError as missing:
    sys.exit(NEEDS.format(missing.name))

DESCRIPTION = """\
Emulate an Amazon Redshift cluster on a PostgreSQL server. Clients connect with any
PostgreSQL driver. When the emulator accepts connections, it prints "ready HOST:PORT"
on standard output. It runs until it receives SIGTERM or SIGINT."""
CONFIG_HELP = """\
JSON file with the address of PostgreSQL, the object store, the administrator and the
port to listen on. Its mode must be 0600, because it holds passwords."""
EXIT_CODES = """\
exit status: 0 after a signal; 1 if the emulator cannot start; 2 if the configuration
is not valid"""


def main() -> int:
    """Install the system catalog, listen, print ``ready HOST:PORT``, serve until a signal."""
    try:
        settings = read_settings(_parser().parse_args().config)
    except (ConfigurationError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    if settings.log_file is not None:
        form = "%(asctime)s %(levelname)s %(message)s"
        logging.basicConfig(filename=settings.log_file, level=logging.INFO, format=form)
    try:
        install(settings)
        server = Server(settings)
    except ModuleNotFoundError as missing:
        sys.exit(NEEDS.format(missing.name))
    except (InstallError, BackendError, ConnectionLostError, OSError) as error:
        sys.stderr.write(f"the emulator cannot start: {error}\n")
        return 1
    stop = threading.Event()

    def on_signal(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, on_signal)
    threading.Thread(target=server.serve, daemon=True).start()
    sys.stdout.write("ready {}:{}\n".format(*server.address))
    sys.stdout.flush()
    stop.wait()
    server.close()
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="redshift_emulator", description=DESCRIPTION, epilog=EXIT_CODES
    )
    parser.add_argument("--config", type=Path, required=True, metavar="FILE", help=CONFIG_HELP)
    return parser


if __name__ == "__main__":
    sys.exit(main())
