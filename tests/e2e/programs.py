"""The programs of a control plane, built by name from their Go modules: once, into a folder that is named by version.

As a command it builds what is not there yet: `make e2e` calls it before the network is shut off.
"""

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

MODULES = Path(__file__).parent / "tools"
_KUBERNETES = "k8s.io/kubernetes"
_ARGOCD = "github.com/argoproj/argo-cd/v3"
_KUSTOMIZE = "sigs.k8s.io/kustomize"
_SETTINGS = {"GOTOOLCHAIN": "local", "CGO_ENABLED": "0", "GOFLAGS": "-mod=readonly -trimpath -buildvcs=false"}


class Program(NamedTuple):
    """A program: its package, the module that its version is that of, and the variables that hold this version."""

    package: str
    module: str
    variables: tuple[str, ...] = ()


_VERSIONS = ("k8s.io/component-base/version.gitVersion", "k8s.io/client-go/pkg/version.gitVersion")
PROGRAMS = {
    "etcd": Program("go.etcd.io/etcd/server/v3", "go.etcd.io/etcd/server/v3"),
    "kube-apiserver": Program(f"{_KUBERNETES}/cmd/kube-apiserver", _KUBERNETES, _VERSIONS),
    "argocd": Program(f"{_ARGOCD}/cmd", _ARGOCD, (f"{_ARGOCD}/common.version",)),
    "kube-controller-manager": Program(f"{_KUBERNETES}/cmd/kube-controller-manager", _KUBERNETES, _VERSIONS),
    "kustomize": Program(
        f"{_KUSTOMIZE}/kustomize/v5", f"{_KUSTOMIZE}/kustomize/v5", (f"{_KUSTOMIZE}/api/provenance.version",)
    ),
    "helm": Program("helm.sh/helm/v4/cmd/helm", "helm.sh/helm/v4"),
}
"""In an order in which each profits from what was compiled for those before it."""


def version(module: str) -> str:
    """Return the version of a module, without its `v`."""
    found = re.search(rf"^\t{re.escape(module)} v(\S+)", (MODULES / "go.mod").read_text(), re.MULTILINE)
    if found is None:
        message = f"{module} is not in {MODULES / 'go.mod'}"
        raise LookupError(message)
    return found[1]


def folder() -> Path:
    """Return where the programs are kept: another folder for each state of what they are built from."""
    digest = hashlib.sha256(b"".join((MODULES / name).read_bytes() for name in ("go.mod", "go.sum")))
    base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    name = f"kubernetes-{version(_KUBERNETES)}-argocd-{version(_ARGOCD)}-{digest.hexdigest()[:8]}"
    return base / "codemie-manifests/e2e" / name / "bin"


_REDIS = ("redis-server", "redis-tools", "libjemalloc2", "liblzf1", "libatomic1")
"""Debian's packages, which are unpacked where redis-server is not installed."""


def redis() -> dict[str, str]:
    """Return the variables that find redis-server: on PATH, else unpacked. Raises LookupError where it is neither."""
    path = os.environ["PATH"]
    if shutil.which("redis-server"):
        return {"PATH": path}
    root = folder().parents[2] / "redis/debian/root"
    if not (root / "usr/bin/redis-server").exists():
        message = "redis-server"
        raise LookupError(message)
    libraries = sorted({str(found.parent) for found in (root / "usr/lib").rglob("*.so.*")})
    return {"PATH": f"{root}/usr/bin:{path}", "LD_LIBRARY_PATH": ":".join(libraries)}


def unpack_redis() -> None:
    """Download Debian's packages of Redis, by name, and unpack them. Raises CalledProcessError."""
    place = folder().parents[2] / "redis/debian"
    place.mkdir(parents=True, exist_ok=True)
    download = f"apt-get -qq download {' '.join(_REDIS)}"
    subprocess.run(["sh", "-c", f"{download} || {{ apt-get -qq update && {download}; }}"], cwd=place, check=True)
    for package in sorted(place.glob("*.deb")):
        subprocess.run(["dpkg", "-x", str(package), str(place / "root")], check=True)


def missing() -> list[str]:
    """Return the programs that are not built yet."""
    return [name for name in PROGRAMS if not (folder() / name).exists()]


def absent() -> list[str]:
    """Return all that is not here, Redis included."""
    try:
        redis()
    except LookupError as error:
        return [*missing(), *error.args]
    return missing()


def build(name: str) -> None:
    """Build a program. Raises CalledProcessError where Go refuses; what is half built is never taken for whole."""
    program, place = PROGRAMS[name], folder()
    new = place / f".{name}.new"
    flags = ["-s", "-w", *(f"-X {variable}={_written(program)}" for variable in program.variables)]
    command = ["go", "build", "-ldflags", " ".join(flags), "-o", str(new), program.package]
    subprocess.run(command, cwd=MODULES, env={**os.environ, **_SETTINGS}, check=True)
    new.replace(place / name)


def _written(program: Program) -> str:
    """Return the version as the program itself writes it: Argo CD adds the `v`, the others do not."""
    return version(program.module) if program.module == _ARGOCD else f"v{version(program.module)}"


def go() -> str:
    """Return the version of Go that the modules ask for."""
    found = re.search(r"^go (\S+)$", (MODULES / "go.mod").read_text(), re.MULTILINE)
    assert found
    return found[1]


def go_is_here() -> bool:
    """Say whether a Go is on PATH that is new enough."""
    if shutil.which("go") is None:
        return False
    has = subprocess.run(["go", "env", "GOVERSION"], capture_output=True, text=True, check=False).stdout
    return _numbers(has) >= _numbers(go())


def _numbers(version: str) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", version)]


def main() -> int:
    """Build what is missing. Without Go nothing is, and the tests are skipped."""
    if missing() and not go_is_here():
        sys.stderr.write(
            f"the servers of the end-to-end tests are built with Go {go()} or newer, which is not on PATH: they are skipped\n"
        )
        return 0
    folder().mkdir(parents=True, exist_ok=True)
    with (folder().parent / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # two at a time would only take turns on the cores
        for name in missing():
            began = time.monotonic()
            sys.stderr.write(f"building {name} {version(PROGRAMS[name].module)} ...\n")
            build(name)
            sys.stderr.write(f"built {name} in {time.monotonic() - began:.0f} s\n")
        try:
            redis()
        except LookupError:
            unpack_redis()
    return 0


if __name__ == "__main__":
    sys.exit(main())
