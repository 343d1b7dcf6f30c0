"""Become a container: /opt/ml is the job's directory, its processes are its own, it dies with its parent.

Run as a script with one JSON argument {"opt_ml", "hosts", "parent", "argv", "is_cut_off"}; where namespaces
are refused the command still runs, finds its directory in OPT_ML and isn't cut off from the network.
"""

from __future__ import annotations

import ctypes
import fcntl
import json
import os
import select
import signal
import socket
import struct
import sys
from pathlib import Path

CLONE_NEWNS, CLONE_NEWUSER, CLONE_NEWPID, CLONE_NEWNET = 0x00020000, 0x10000000, 0x20000000, 0x40000000
SIOCSIFFLAGS, IFF_UP = 0x8914, 1
MS_BIND, MS_REC, MS_PRIVATE = 4096, 16384, 1 << 18
PR_SET_PDEATHSIG = 1


def main(order: dict[str, object]) -> None:
    """Set up and replace this process by the command."""
    libc = ctypes.CDLL(None, use_errno=True)
    user, group = os.getuid(), os.getgid()
    is_cut_off = bool(order["is_cut_off"])
    is_contained = own_namespaces(libc, CLONE_NEWNET if is_cut_off else 0)
    try:
        if is_contained:
            map_user(user, group)
            checked(libc.mount(b"none", b"/", None, MS_REC | MS_PRIVATE, None), "make / private")
            mount_opt_ml(libc, str(order["opt_ml"]))
            bind(libc, str(order["hosts"]), "/etc/hosts")
            if is_cut_off:
                open_loopback()
            os.environ.pop("OPT_ML", None)
    except OSError as error:
        print(f"/opt/ml is not mounted, OPT_ML is {os.environ['OPT_ML']}: {error}", file=sys.stderr)  # noqa: T201
    os.nice(5)  # the embedded AWS itself goes first
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != order["parent"]:
        sys.exit(1)
    if is_contained:
        become_init(libc)
    argv = [str(word) for word in order["argv"]]  # type: ignore[attr-defined]
    os.execvp(argv[0], argv)  # noqa: S606


def become_init(libc: ctypes.CDLL) -> None:
    """Go on in a child that is process 1, as in a container: when it ends, all it started end with it.

    This process stays as its guard: it dies with the parent, and process 1 with it.
    """
    alive, guard = os.pipe()
    child = os.fork()
    if child:
        os.close(alive)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        _, status = os.waitpid(child, 0)
        code = os.waitstatus_to_exitcode(status)
        os._exit(128 - code if code < 0 else code)
    os.close(guard)
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if select.select([alive], [], [], 0)[0]:
        os._exit(1)  # the guard was gone before it could take us with it
    os.close(alive)
    libc.mount(b"proc", b"/proc", b"proc", 0, None)  # where that is refused, the outer /proc has to do


def open_loopback() -> None:
    """Bring up the one interface there is in a new network namespace: containers talk to themselves."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        fcntl.ioctl(probe, SIOCSIFFLAGS, struct.pack("16sH22x", b"lo", IFF_UP))


def own_namespaces(libc: ctypes.CDLL, more_flags: int = 0) -> bool:
    """Leave for namespaces of our own, as root or by a user namespace; False where neither is allowed."""
    flags = CLONE_NEWNS | CLONE_NEWPID | more_flags
    is_entered: bool = libc.unshare(flags) == 0 or libc.unshare(flags | CLONE_NEWUSER) == 0
    return is_entered


def map_user(user: int, group: int) -> None:
    """Stay who we are in a user namespace; outside one the user is known already."""
    if os.getuid() == user:
        return
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{user} {user} 1")
    Path("/proc/self/gid_map").write_text(f"{group} {group} 1")


def mount_opt_ml(libc: ctypes.CDLL, opt_ml: str) -> None:
    """Put the directory at /opt/ml; where that is missing, /opt gets a stand-in inside the namespace."""
    if not Path("/opt/ml").is_dir():
        stand_in = Path(opt_ml).parent / "opt"
        stand_in.mkdir(exist_ok=True)
        (stand_in / "ml").mkdir(exist_ok=True)
        for entry in Path("/opt").iterdir() if Path("/opt").is_dir() else ():
            mirror(libc, entry, stand_in / entry.name)
        bind(libc, str(stand_in), "/opt")
    bind(libc, opt_ml, "/opt/ml")


def mirror(libc: ctypes.CDLL, entry: Path, twin: Path) -> None:
    """Make an entry of the real /opt visible in the stand-in."""
    if entry.is_symlink():
        twin.unlink(missing_ok=True)
        twin.symlink_to(entry.readlink())
    elif entry.is_dir():
        twin.mkdir(exist_ok=True)
        bind(libc, str(entry), str(twin))
    else:
        twin.touch()
        bind(libc, str(entry), str(twin))


def bind(libc: ctypes.CDLL, source: str, target: str) -> None:
    """Bind `source` over `target`, with what is mounted below it."""
    code = libc.mount(source.encode(), target.encode(), None, MS_BIND | MS_REC, None)
    checked(code, f"bind {source} to {target}")


def checked(code: int, what: str) -> None:
    """Raise OSError for a failed call."""
    if code != 0:
        raise OSError(ctypes.get_errno(), f"{what}: {os.strerror(ctypes.get_errno())}")


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
