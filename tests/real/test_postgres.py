"""A real PostgreSQL runs what keycloak-database is told, and what the nightly dump brings out comes in again.

Debian's PostgreSQL is older than the image's: of the options of initdb it lacks the built-in locale provider, which is
left out (`OLDER`); the rest is as rendered. Everything runs as a user who is not root, as in the pod.
"""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from loopback import free_port, running
from product import Built, build, container, pod

pytestmark = pytest.mark.real

OLDER = ("--locale-provider=builtin", "--locale=C.UTF-8")
PASSWORD = "one:two@three/four%"  # noqa: S105  of this test alone
BINARIES = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
NOBODY = pwd.getpwnam("nobody") if os.geteuid() == 0 else None


class Server(NamedTuple):
    """A running server and what its clients need to reach it."""

    env: dict[str, str]
    user: str

    def sql(self, text: str, database: str = "keycloak") -> str:
        """Return what psql prints."""
        return as_nobody("psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-d", database, "-c", text, env=self.env).strip()


def as_nobody(*command: str, env: dict[str, str], cwd: Path | None = None) -> str:
    """Run a command as a user who is not root, and return what it prints."""
    user = NOBODY.pw_uid if NOBODY else None
    done = subprocess.run(command, env=env, cwd=cwd, user=user, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def owned(folder: Path) -> Path:
    """Make a folder of the user who is not root."""
    folder.mkdir(parents=True)
    if NOBODY:
        os.chown(folder, NOBODY.pw_uid, NOBODY.pw_gid)
    return folder


@pytest.fixture(scope="module")
def objects() -> Built:
    return build("prod")


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """Yield a folder that others may enter, unlike pytest's own."""
    with tempfile.TemporaryDirectory(prefix="codemie-manifests-postgres-") as path:
        Path(path).chmod(0o755)
        yield Path(path)


@pytest.fixture(scope="module")
def server(objects: Built, folder: Path) -> Iterator[Server]:
    if not BINARIES:
        pytest.skip("there is no PostgreSQL: `apt-get install postgresql` brings it")
    workload = objects.one("StatefulSet", "keycloak-database")
    env = {item["name"]: item.get("value", PASSWORD) for item in container(workload)["env"]}
    run = {"PATH": f"{BINARIES[-1]}:/usr/bin:/bin", "LC_ALL": "C.UTF-8"}
    data, socket, port = owned(folder / "server") / "data", owned(folder / "socket"), str(free_port())
    secret = owned(folder / "secret") / "password"
    secret.write_text(PASSWORD)
    secret.chmod(0o644)
    options = [option for option in env["POSTGRES_INITDB_ARGS"].split() if option not in OLDER]
    initdb = ["initdb", "-D", str(data), "--username", env["POSTGRES_USER"], "--pwfile", str(secret)]
    as_nobody(*initdb, *options, env=run, cwd=data.parent)
    command = ["postgres", "-D", str(data), "-k", str(socket), "-p", port, *container(workload)["args"]]
    client = {**run, "PGHOST": "127.0.0.1", "PGPORT": port, "PGUSER": env["POSTGRES_USER"], "PGPASSWORD": PASSWORD}
    if NOBODY:
        command = [shutil.which("setpriv") or "setpriv", f"--reuid={NOBODY.pw_uid}", "--clear-groups", *command]
    with running(command, run, owned(folder / "log"), lambda: _answers(client)):
        found = Server(client, env["POSTGRES_USER"])
        found.sql(f"CREATE DATABASE {env['POSTGRES_DB']}", "postgres")
        yield found


def _answers(env: dict[str, str]) -> bool:
    return subprocess.run(["pg_isready", "-q"], env=env, check=False).returncode == 0


def test_it_takes_every_setting(server: Server, objects: Built) -> None:
    args = container(objects.one("StatefulSet", "keycloak-database"))["args"]
    settings = dict(arg.removeprefix("--").split("=", 1) for arg in args)
    assert {"max_wal_size", "shared_buffers", "max_connections"} <= settings.keys()
    for name, wanted in settings.items():
        equal = f"current_setting('{name}') = '{wanted}'"
        size = (
            f"pg_size_bytes(current_setting('{name}')) = pg_size_bytes('{wanted}')" if wanted.endswith("B") else equal
        )
        assert server.sql(f"SELECT {equal} OR {size}") == "t", name


def test_the_log_of_writes_fits_the_volume(server: Server, objects: Built) -> None:
    (claim,) = objects.one("StatefulSet", "keycloak-database")["spec"]["volumeClaimTemplates"]
    size = claim["spec"]["resources"]["requests"]["storage"].removesuffix("i").replace("G", " GB")
    assert server.sql(f"SELECT pg_size_bytes(current_setting('max_wal_size')) * 4 <= pg_size_bytes('{size}')") == "t"


@pytest.mark.parametrize("password", ["", "wrong"])
def test_nobody_enters_without_the_password(server: Server, password: str) -> None:
    env = {**server.env, "PGPASSWORD": password}
    done = subprocess.run(
        ["psql", "-w", "-d", "keycloak", "-c", ""], env=env, capture_output=True, text=True, check=False
    )
    assert done.returncode != 0
    assert "password" in done.stderr


def test_the_health_probe_passes(server: Server, objects: Built) -> None:
    probe = container(objects.one("StatefulSet", "keycloak-database"))["readinessProbe"]["exec"]["command"]
    subprocess.run(probe, env=server.env, check=True, capture_output=True)


def test_a_dump_comes_in_again(server: Server, objects: Built, folder: Path) -> None:
    cron = objects.one("CronJob", "keycloak-database-dump")["spec"]["jobTemplate"]
    (step,) = pod(cron)["initContainers"]
    server.sql("CREATE TABLE realm (id int PRIMARY KEY, name text); INSERT INTO realm VALUES (1, 'codemie-prod')")
    dumps = owned(folder / "dump")
    names: dict[str, Any] = {item["name"]: item.get("value", PASSWORD) for item in step["env"]}
    env = {**names, **server.env, "PGDATABASE": names["PGDATABASE"]}
    as_nobody(*[word.replace("/dump/", f"{dumps}/") for word in step["command"]], env=env)
    (dump,) = dumps.glob("keycloak-*.dump")
    server.sql("UPDATE realm SET name = 'lost'; CREATE TABLE later (id int)")
    restore = ["pg_restore", "--clean", "--if-exists", "--no-owner", "--no-acl", "--single-transaction"]
    as_nobody(*restore, "--dbname=keycloak", str(dump), env=server.env)
    assert server.sql("SELECT name FROM realm") == "codemie-prod"
