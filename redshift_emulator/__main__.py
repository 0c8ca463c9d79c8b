"""``python -m redshift_emulator --config FILE``: serve until told to stop."""

from __future__ import annotations

import argparse
import logging
import signal
import sys
import threading
from pathlib import Path
from types import FrameType

from redshift_emulator.protocol.backend import BackendError
from redshift_emulator.protocol.configuration import ConfigurationError, read_settings
from redshift_emulator.protocol.wire import ConnectionLostError
from redshift_emulator.server import Server
from redshift_emulator.session.install import InstallError, install


def main() -> int:
    """Install the catalogue, listen, print ``ready HOST:PORT``, serve."""
    arguments = argparse.ArgumentParser(prog="redshift_emulator", description=__doc__)
    arguments.add_argument("--config", type=Path, required=True, help="JSON file, mode 0600")
    try:
        settings = read_settings(arguments.parse_args().config)
    except (ConfigurationError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    if settings.log_file is not None:
        form = "%(asctime)s %(levelname)s %(message)s"
        logging.basicConfig(filename=settings.log_file, level=logging.INFO, format=form)
    try:
        install(settings)
        server = Server(settings)
    except (InstallError, BackendError, ConnectionLostError, OSError) as error:
        sys.stderr.write(f"the stand-in cannot start: {error}\n")
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


if __name__ == "__main__":
    sys.exit(main())
