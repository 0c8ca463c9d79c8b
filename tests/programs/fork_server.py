"""Fork a process for each command, from one that has imported what the commands import.

``fork_server.py SOCKET``: a request is one message with the words that follow ``python``, the
directory and the environment, and with the ends of two pipes for stdout and stderr. The answer is
the id of the process, then, once it has ended, its exit code, negative if a signal ended it.

A command runs as if the interpreter had just started: with the signals, the environment and the
settings of Luigi that it would have then. It ends as every interpreter does.
"""

import gc
import importlib
import json
import os
import runpy
import secrets
import signal
import socket
import sys
from pathlib import Path

import boto3
import luigi.cmdline
from luigi.configuration import add_config_path

from pipeline.cli.main import main
from pipeline.designs.queries.preload import load_parser
from pipeline.local.processes.launcher import signal_at_parents_death
from pipeline.stores.designs.cache import signature
from pipeline.tasks.run import task_ids
from tests.support.hooks.models import share_models

LONGEST = 1_000_000

LATER = ("documents.yaml_data", "procedures.bootstrap", "tasks.preview.dry_run")
"""What many commands of the tests import when they use it."""


def serve(path: str) -> tuple[list[str], dict[str, str]]:
    """Answer requests; return in each command's process, with its words and its environment."""
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    listener.bind(path)
    listener.listen(64)
    share_models()
    main.load()
    load_parser()
    for module in LATER:
        importlib.import_module(f"pipeline.{module}")
    signature()
    boto3.session.Session().client("s3", region_name="us-east-1")
    gc.collect()
    gc.freeze()  # a collection in a command would copy the pages of all that was imported
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the kernel reaps the processes that answer
    print("ready", flush=True)
    while True:
        connection, _ = listener.accept()
        with connection:
            if os.fork() == 0:
                listener.close()
                return answer(connection)


def answer(connection: socket.socket) -> tuple[list[str], dict[str, str]]:
    """Answer one request; return in the process of the command."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    message, files, _, _ = socket.recv_fds(connection, LONGEST, 2)
    request = json.loads(message)
    server = os.getpid()
    command = os.fork()
    if command == 0:
        connection.close()
        prepare(request["directory"], files, server)
        return request["words"], request["environment"]
    for file in files:
        os.close(file)
    connection.send(str(command).encode())
    _, status = os.waitpid(command, 0)
    connection.send(str(os.waitstatus_to_exitcode(status)).encode())
    os._exit(0)


def prepare(directory: str, files: list[int], parent: int) -> None:
    """Give this process the session, the directory and the files of a command."""
    os.setsid()
    signal_at_parents_death(signal.SIGTERM, parent)
    os.chdir(directory)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for target, file in enumerate((nothing, *files)):
        os.dup2(file, target)
    for file in (nothing, *files):
        os.close(file)


def run(words: list[str], environment: dict[str, str]) -> None:
    """Run ``python -m MODULE ...``, or ``python FILE ...``."""
    os.environ.clear()
    os.environ.update(environment)
    if "LUIGI_CONFIG_PATH" in environment:
        add_config_path(environment["LUIGI_CONFIG_PATH"])  # as Luigi does when it is imported
    task_ids.RUN = secrets.token_hex(4)  # as the package does when it is imported
    is_module = words[0] == "-m"
    name, *arguments = words[1:] if is_module else words
    sys.argv[1:] = arguments
    luigi.cmdline.luigi_run.__defaults__ = (arguments,)  # as it reads them when it is imported
    if is_module:
        sys.path[0] = str(Path.cwd())
        runpy.run_module(name, run_name="__main__", alter_sys=True)
    else:
        runpy.run_path(name, run_name="__main__")


if __name__ == "__main__":
    run(*serve(sys.argv[1]))
