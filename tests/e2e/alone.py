"""Run a command where there is no network but a loopback of its own: `python alone.py COMMAND...`.

One of Argo CD's ports listens on every address and no flag says otherwise; here that is nobody's address but ours. Ports
end with the last process that has this network. Where the kernel does not allow it, the command runs as it would.
"""

import ctypes
import fcntl
import os
import socket
import struct
import sys
from pathlib import Path

_NEW_NETWORK, _NEW_USER = 0x40000000, 0x10000000
_GET_FLAGS, _SET_FLAGS, _UP = 0x8913, 0x8914, 0x1


def alone() -> bool:
    """Leave the network behind; return whether the kernel allowed it."""
    libc = ctypes.CDLL(None, use_errno=True)
    user, group = os.getuid(), os.getgid()
    flags = _NEW_NETWORK if user == 0 else _NEW_NETWORK | _NEW_USER
    if libc.unshare(flags) != 0:
        return False
    if flags & _NEW_USER:
        Path("/proc/self/setgroups").write_text("deny", encoding="ascii")
        Path("/proc/self/uid_map").write_text(f"{user} {user} 1", encoding="ascii")
        Path("/proc/self/gid_map").write_text(f"{group} {group} 1", encoding="ascii")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        request = struct.pack("16sh14x", b"lo", 0)
        (now,) = struct.unpack_from("h", fcntl.ioctl(control, _GET_FLAGS, request), 16)
        fcntl.ioctl(control, _SET_FLAGS, struct.pack("16sh14x", b"lo", now | _UP))
    return True


if __name__ == "__main__":
    if not alone():
        sys.stderr.write("no network of its own here: the end-to-end tests use the common one\n")
    os.execvp(sys.argv[1], sys.argv[1:])  # noqa: S606 - no shell is wanted
