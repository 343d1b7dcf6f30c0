"""Become a container: bind the job's directory to /opt/ml in a mount namespace, die with the parent, exec.

Run as a script with one JSON argument {"opt_ml", "hosts", "parent", "argv"}; where namespaces are refused the
command still runs, and finds its directory in OPT_ML.
"""

from __future__ import annotations

import ctypes
import json
import os
import signal
import sys
from pathlib import Path

CLONE_NEWNS = 0x00020000
CLONE_NEWUSER = 0x10000000
MS_BIND, MS_REC, MS_PRIVATE = 4096, 16384, 1 << 18
PR_SET_PDEATHSIG = 1


def main(order: dict[str, object]) -> None:
    """Set up and replace this process by the command."""
    libc = ctypes.CDLL(None, use_errno=True)
    opt_ml, hosts = str(order["opt_ml"]), str(order["hosts"])
    try:
        if own_mounts(libc):
            mount_opt_ml(libc, opt_ml)
            os.environ.pop("OPT_ML", None)
            bind(libc, hosts, "/etc/hosts")
    except OSError as error:
        print(f"no mount namespace, OPT_ML={os.environ.get('OPT_ML')}: {error}", file=sys.stderr)  # noqa: T201
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != order["parent"]:
        sys.exit(1)
    argv = [str(word) for word in order["argv"]]  # type: ignore[attr-defined]
    os.execvp(argv[0], argv)  # noqa: S606


def own_mounts(libc: ctypes.CDLL) -> bool:
    """Enter a mount namespace, as root or by a user namespace; False where neither is allowed."""
    user, group = os.getuid(), os.getgid()
    if user == 0 and libc.unshare(CLONE_NEWNS) == 0:
        return private(libc)
    if libc.unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0:
        return False
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{user} {user} 1")
    Path("/proc/self/gid_map").write_text(f"{group} {group} 1")
    return private(libc)


def private(libc: ctypes.CDLL) -> bool:
    """Keep our mounts to ourselves."""
    checked(libc.mount(b"none", b"/", None, MS_REC | MS_PRIVATE, None), "make / private")
    return True


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
