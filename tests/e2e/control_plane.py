"""The servers of a run, on loopback: etcd, API servers that share it, Argo CD with its Redis.

Run as a command it starts them in a folder and waits: so a test can kill it.
"""

import secrets
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import programs
import stored_crds
from api_server import ApiServer, Refused
from processes import Processes, free_ports, listens

CONTROLLERS = "garbage-collector-controller,namespace-controller,serviceaccount-controller"
"""What of Kubernetes' own controllers runs beside Argo CD: nothing of pods, whose status the tests' operators write."""
NAMESPACE = "argocd"
_PART = {"app.kubernetes.io/part-of": "argocd"}


class ControlPlane:
    """All servers of a run. `folder` holds their data and logs."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.processes = Processes(folder)
        self.servers: dict[str, ApiServer] = {}
        self._commands: dict[str, list[str]] = {}
        self._etcd = 0

    @property
    def environment(self) -> dict[str, str]:
        """Return where the servers find programs: those that were built, and what Argo CD wants besides."""
        redis = programs.redis()
        return {**redis, "PATH": f"{programs.folder()}:{self.folder / 'bin'}:{redis['PATH']}"}

    def start_etcd(self) -> None:
        """Start the store of all API servers."""
        self._etcd, peer = free_ports(2)
        client, other = f"http://127.0.0.1:{self._etcd}", f"http://127.0.0.1:{peer}"
        command = ["etcd", "--name=e2e", f"--data-dir={self.folder / 'etcd'}", "--unsafe-no-fsync", "--log-level=warn"]
        command += [
            f"--listen-client-urls={client}",
            f"--advertise-client-urls={client}",
            "--quota-backend-bytes=4294967296",
        ]
        command += [
            f"--listen-peer-urls={other}",
            f"--initial-advertise-peer-urls={other}",
            f"--initial-cluster=e2e={other}",
        ]
        self._start("etcd", command)
        self.processes.wait_for("etcd", lambda: listens(self._etcd))

    def start_servers(self, *names: str, controllers: str = "") -> list[ApiServer]:
        """Start API servers, each with a prefix of its own in the store and with these controllers.

        Return them once they serve.
        """
        servers = [self._start_server(name) for name in names]
        for name, server in zip(names, servers, strict=True):
            self.processes.wait_for(f"kube-apiserver-{name}", server.ready)
            if controllers:
                self._start_controllers(name, server, controllers)
        return servers

    def _start_server(self, name: str) -> ApiServer:
        folder = self.folder / name
        folder.mkdir()
        key, tokens, token = folder / "accounts.key", folder / "tokens.csv", secrets.token_hex(16)
        subprocess.run(["openssl", "genrsa", "-out", str(key), "2048"], check=True, capture_output=True)
        tokens.write_text(f"{token},admin,admin,system:masters\n")
        (port,) = free_ports(1)
        server = ApiServer(name, port, token, folder / "apiserver.crt")
        issuer = "https://kubernetes.default.svc"
        command = ["kube-apiserver", f"--etcd-servers=http://127.0.0.1:{self._etcd}", f"--etcd-prefix=/{name}"]
        command += ["--bind-address=127.0.0.1", f"--secure-port={port}", "--advertise-address=127.0.0.1"]
        command += ["--endpoint-reconciler-type=none", f"--cert-dir={folder}", f"--token-auth-file={tokens}"]
        command += ["--authorization-mode=RBAC", "--service-cluster-ip-range=10.96.0.0/16", "--allow-privileged"]
        command += [f"--service-account-key-file={key}", f"--service-account-signing-key-file={key}"]
        command += [f"--service-account-issuer={issuer}", "--profiling=false"]
        self._start(f"kube-apiserver-{name}", command)
        self.servers[name] = server
        (folder / "kubeconfig").write_text(server.kubeconfig())
        return server

    def _start_controllers(self, name: str, server: ApiServer, controllers: str) -> None:
        folder = self.folder / name
        command = ["kube-controller-manager", f"--kubeconfig={folder / 'kubeconfig'}", "--secure-port=0"]
        command += ["--leader-elect=false", f"--controllers={controllers}"]
        command += [
            f"--service-account-private-key-file={folder / 'accounts.key'}",
            f"--root-ca-file={server.authority}",
        ]
        self._start(f"kube-controller-manager-{name}", command)

    def stop_server(self, name: str) -> None:
        """End an API server and its controllers."""
        for process in (f"kube-controller-manager-{name}", f"kube-apiserver-{name}"):
            if process in self.processes.running:
                self.processes.stop(process)
        self.servers.pop(name).close()

    def restart(self, process: str) -> None:
        """Kill a process and start it again as it was."""
        self.processes.stop(process)
        self._start(process, self._commands[process])

    def start_argocd(self, hub: ApiServer) -> None:
        """Start Argo CD's two working parts beside `hub`, which knows their kinds already."""
        redis, repo, repo_metrics, metrics = free_ports(4)
        home = self.folder / "argocd"
        for name in ("tls", "ssh", "gpg", "plugins", "tmp", "home", "redis"):
            (home / name).mkdir(parents=True)
        wrapper = self.folder / "bin/git-verify-wrapper.sh"
        wrapper.parent.mkdir(exist_ok=True)
        wrapper.write_text('#!/bin/sh\ngit verify-commit "$1" 2>&1 || true\n')  # Argo CD's image has one
        wrapper.chmod(0o755)
        for manifest in _argocd_objects():
            hub.apply(manifest, "argocd-install")
        command = ["redis-server", "--bind", "127.0.0.1", "--port", str(redis), "--dir", str(home / "redis")]
        self._start("redis", [*command, "--save", "", "--appendonly", "no"])
        self.processes.wait_for("redis", lambda: listens(redis))
        env = {
            "ARGOCD_FAKE_IN_CLUSTER": "true",  # its own cluster is that of the kubeconfig
            "KUBECONFIG": str(self.folder / hub.name / "kubeconfig"),
            "ARGOCD_GPG_ENABLED": "false",
            "ARGOCD_TLS_DATA_PATH": str(home / "tls"),
            "ARGOCD_SSH_DATA_PATH": str(home / "ssh"),
            "ARGOCD_PLUGINSOCKFILEPATH": str(home / "plugins"),
            "ARGOCD_ASK_PASS_SOCK": str(home / "askpass.sock"),
            "ARGOCD_RECONCILIATION_TIMEOUT": "30s",
            "ARGOCD_RECONCILIATION_JITTER": "0s",
            "ARGOCD_SYNC_WAVE_DELAY": "1",
            "ARGOCD_APPLICATION_CONTROLLER_SELF_HEAL_BACKOFF_TIMEOUT_SECONDS": "0",  # no backoff, but
            "ARGOCD_APPLICATION_CONTROLLER_SELF_HEAL_TIMEOUT_SECONDS": "1",  # this after each sync
            "TMPDIR": str(home / "tmp"),
            "HOME": str(home / "home"),
        }
        common = ["--logformat=text", f"--redis=127.0.0.1:{redis}"]
        words = [f"{name}={value}" for name, value in env.items()]
        listen = [
            f"--port={repo}",
            "--address=127.0.0.1",
            f"--metrics-port={repo_metrics}",
            "--metrics-address=127.0.0.1",
        ]
        command = ["argocd", *listen, "--disable-tls", "--client-ca-path=", *common]
        self._start("argocd-repo-server", ["env", "ARGOCD_BINARY_NAME=argocd-repo-server", *words, *command])
        self.processes.wait_for("argocd-repo-server", lambda: listens(repo) and listens(repo_metrics))
        command = ["argocd", f"--namespace={NAMESPACE}", f"--repo-server=127.0.0.1:{repo}", "--repo-server-plaintext"]
        command += [f"--metrics-port={metrics}", "--repo-server-timeout-seconds=120", *common]
        name = "argocd-application-controller"
        self._start(name, ["env", f"ARGOCD_BINARY_NAME={name}", *words, *command])
        self.processes.wait_for(name, lambda: listens(metrics))

    def stop_argocd(self) -> None:
        """End Argo CD and its Redis, and take away what they kept: another test may start them anew."""
        for process in ("argocd-application-controller", "argocd-repo-server", "redis"):
            self.processes.stop(process)
        shutil.rmtree(self.folder / "argocd")

    def stop(self) -> None:
        """End all processes, and take away what only they read."""
        for server in self.servers.values():
            server.close()
        self.processes.stop_all()
        shutil.rmtree(self.folder / "etcd", ignore_errors=True)

    def _start(self, name: str, command: list[str]) -> None:
        self._commands[name] = command
        self.processes.start(name, command, self.environment)


def _argocd_objects() -> list[dict[str, object]]:
    """Return what Argo CD reads before anybody configures it."""

    def named(api: str, kind: str, name: str, **more: object) -> dict[str, object]:
        metadata = {"name": name, "namespace": NAMESPACE, "labels": _PART}
        return {"apiVersion": api, "kind": kind, "metadata": metadata, **more}

    configs = ("argocd-cm", "argocd-rbac-cm", "argocd-ssh-known-hosts-cm", "argocd-tls-certs-cm", "argocd-gpg-keys-cm")
    return [
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}},
        *(named("v1", "ConfigMap", name) for name in configs),
        named("v1", "Secret", "argocd-secret", stringData={"server.secretkey": secrets.token_hex(16)}),
    ]


def main(folder: Path, *, argocd: bool) -> None:
    """Start one of each, say so, and wait to be killed."""
    plane = ControlPlane(folder)
    try:
        plane.start_etcd()
        (hub,) = plane.start_servers("hub", controllers=CONTROLLERS)
        if argocd:
            stored_crds.install(hub, stored_crds.read("argocd"))
            plane.start_argocd(hub)
        sys.stdout.write("up\n")
        sys.stdout.flush()
        while hub.ready():
            time.sleep(1)
    except Refused:
        pass
    finally:
        plane.stop()


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)  # who was started in the background has it ignored
    main(Path(sys.argv[1]), argocd="argocd" in sys.argv)
