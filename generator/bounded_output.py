"""What a program writes, up to a limit of bytes and of time: one that goes beyond it is ended."""

import os
import selectors
import time
from typing import IO, Any, NamedTuple, Protocol

from generator.bounds import Bound

_PART = 1024 * 1024
_MAX_STDERR = 64 * 1024
"""So many bytes of what a program says of errors are kept; the rest is read and forgotten."""
_PAUSE = 0.002


class Program(Protocol):
    """A process whose output and errors are pipes, as of the standard library or of GitPython."""

    stdout: IO[Any] | None
    stderr: IO[Any] | None

    def poll(self) -> int | None:
        """Return the exit code; None while it runs."""

    def kill(self) -> None:
        """End it at once."""


class BoundedOutput(NamedTuple):
    """What a program wrote. `exceeded` is the limit for which it was ended before it was done, if any."""

    output: bytes
    stderr: bytes
    exceeded: Bound | None


def bounded_output(program: Program, output: Bound, patience: Bound) -> BoundedOutput:
    """Wait for a program, and end it where it writes more or takes longer."""
    end = time.monotonic() + patience.most
    stdout, stderr = bytearray(), bytearray()
    is_over = _read(program, end, output.most, stdout, stderr)
    while not is_over and program.poll() is None:  # it has closed its pipes, and ends now
        time.sleep(_PAUSE)
        is_over = time.monotonic() > end
    if is_over:
        program.kill()
    while program.poll() is None:
        time.sleep(_PAUSE)
    bound = None if not is_over else output if len(stdout) > output.most else patience
    return BoundedOutput(bytes(stdout[: output.most]), bytes(stderr[:_MAX_STDERR]), bound)


def _read(program: Program, end: float, most: int, stdout: bytearray, stderr: bytearray) -> bool:
    """Read both pipes to their end; True where there is more than `most`, or the time is over."""
    with selectors.DefaultSelector() as selector:
        for stream, kept in ((program.stdout, stdout), (program.stderr, stderr)):
            if stream:
                selector.register(stream, selectors.EVENT_READ, kept)
        while selector.get_map():
            ready = selector.select(max(0.0, end - time.monotonic()))
            if not ready or len(stdout) > most:
                return True
            for key, _ in ready:
                part = os.read(key.fd, _PART)
                if not part:
                    selector.unregister(key.fileobj)
                elif key.data is stdout or len(stderr) < _MAX_STDERR:
                    key.data.extend(part)
    return len(stdout) > most
