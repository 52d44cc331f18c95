"""What the fuzz tests share: how long to look, the two-second limit, the seeds that are always replayed first.

A normal run looks at 100 examples or fewer, the same ones each time. `make fuzz FUZZ_SECONDS=600` looks at new ones, ten
minutes for each target, and tells how many there were and what memory they took. `FUZZ_SEED=1` fixes which ones: CI looks at
the same sequence every time, as far as it gets. An input that failed once becomes a small file in tests/fuzz/seeds/<target>/.
"""

import contextlib
import json
import os
import random
import re
import resource
import signal
import subprocess
import sys
import time
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from types import FrameType
from typing import Any

from command import kubectl
from hypothesis import HealthCheck, given, settings
from hypothesis import seed as seeded
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from generator.finding import Finding
from generator.views import findings

SEEDS = Path(__file__).parent / "seeds"
_SECONDS = float(os.environ.get("FUZZ_SECONDS", "0"))
_SEED = os.environ.get("FUZZ_SEED")


def seeds(target: str) -> list[Path]:
    """Return the kept inputs of a target."""
    return sorted(path for path in (SEEDS / target).iterdir() if path.is_file())


def explore(strategy: SearchStrategy[Any], check: Callable[[Any], None], examples: int) -> None:
    """Run `check` on examples: a fixed few, or new ones until the time is over."""
    if not _SECONDS:
        _once(strategy, check, examples, None)
        return
    numbers = random.Random(_SEED)  # noqa: S311
    with _told() as counted:
        end = time.monotonic() + _SECONDS
        while time.monotonic() < end:
            _once(strategy, lambda item: check(counted(item)), examples, numbers.randrange(2**32))


@contextlib.contextmanager
def _told() -> Iterator[Callable[[Any], Any]]:
    """Yield what counts an example, and print how many there were, in what time, and the memory they took at most."""
    examples = 0

    def counted(item: Any) -> Any:
        nonlocal examples
        examples += 1
        return item

    start = time.monotonic()
    with contextlib.suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")  # the peak of this process begins anew (Linux)
    try:
        yield counted
    finally:
        target = os.environ.get("PYTEST_CURRENT_TEST", "").partition(" ")[0]
        seconds, (own, others) = time.monotonic() - start, _peak()
        memory = f"at most {own} MiB here, {others} MiB in a program run so far"
        sys.stderr.write(f"\nfuzz: {target}: {examples} examples, {seconds:.0f} s, {memory}\n")


def _peak() -> tuple[int, int]:
    """Return the most memory that this process has taken, and the most of any that it has waited for, in MiB."""
    status = Path("/proc/self/status")
    said = re.search(r"VmHWM:\s+([0-9]+) kB", status.read_text()) if status.exists() else None
    own = int(said[1]) if said else resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return own // 1024, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024


def _once(strategy: SearchStrategy[Any], check: Callable[[Any], None], examples: int, seed: int | None) -> None:
    @settings(
        max_examples=examples,
        deadline=None,
        derandomize=seed is None,
        database=None,
        suppress_health_check=list(HealthCheck),
        print_blob=False,
    )
    @given(strategy)
    def run(example: Any) -> None:
        check(example)

    (seeded(seed)(run) if seed is not None else run)()


@contextlib.contextmanager
def within(seconds: float) -> Iterator[None]:
    """Fail if the block takes more time of the processor: what others do on this machine does not count."""

    def late(number: int, frame: FrameType | None) -> None:
        del number, frame
        message = f"took more than {seconds} s"
        raise AssertionError(message)

    signal.signal(signal.SIGPROF, late)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, signal.SIG_IGN)  # its own default would end the process


def somewhere(draw: st.DrawFn, value: Any, deeper: int) -> tuple[Any, Any] | None:
    """Return a map or a list in a document, and one of its keys; None where the way down ends at an empty one.

    Of `deeper + 1` maps and lists on the way, `deeper` are gone into.
    """
    node = value
    while keys := sorted(node) if isinstance(node, dict) else list(range(len(node))):
        key = draw(st.sampled_from(keys))
        if not (isinstance(node[key], dict | list) and node[key] and draw(st.integers(0, deeper))):
            return node, key
        node = node[key]
    return None


def printed(found: Iterable[Finding]) -> None:
    """Assert that a refusal says something, in lines of printable characters."""
    found = tuple(found)
    assert found
    text = findings.text(found)
    unsafe = [c for c in text if c != "\n" and unicodedata.category(c) in ("Cc", "Cs", "Co", "Zl", "Zp")]
    assert not unsafe, text
    assert text.count("\n") == sum(2 if finding.hint else 1 for finding in findings.once(found))
    assert "Traceback" not in text


def exact(value: Any) -> Any:
    """Return `value` so that 1, True and "1" differ; 1.0 is 1, as in JSON."""
    if isinstance(value, dict):
        return {key: exact(item) for key, item in value.items()}
    if isinstance(value, list):
        return [exact(item) for item in value]
    kind = {float: "number", int: "number"}.get(type(value), type(value).__name__)
    return (kind, value)


def as_kubectl_reads(text: bytes) -> list[Any]:
    """Return the objects of YAML as kubectl's own reader has them."""
    done = kubectl("annotate", "--local", "-f", "-", "read=by-kubectl", "-o", "json", text=text)
    assert done.returncode == 0, done.stderr.decode()
    decoder, rest = json.JSONDecoder(), done.stdout.decode().strip()
    found: list[Any] = []
    while rest:
        item, end = decoder.raw_decode(rest)
        found += item["items"] if item["kind"] == "List" else [item]
        rest = rest[end:].lstrip()
    for item in found:
        annotations = item["metadata"]["annotations"]
        assert annotations.pop("read") == "by-kubectl"
        if not annotations:
            del item["metadata"]["annotations"]
    return found


def as_kustomize_builds(folder: Path) -> "subprocess.CompletedProcess[bytes]":
    """Run kustomize on a folder."""
    return kubectl("kustomize", str(folder))
