"""Makes a program's reads of a film fail, as a disk with bad blocks does.

Linux lets every process have its system calls filtered (seccomp(2)); a filter can answer `read`
with an error. It sees how many bytes are asked for: those sizes fail by which FFmpeg reads films,
and by which filmcolor looks whether the disk is well. Run as a program:

    python -m tests.failing_disk FILE ARGUMENTS...

runs `filmcolor ARGUMENTS` and has reads fail as soon as FILE exists.
"""

from __future__ import annotations

import ctypes
import errno
import platform
import struct
import sys
import threading
import time
from pathlib import Path

_SIZES = (1 << 15, 1 << 18)

_MACHINES = {"x86_64": (0xC000003E, 0, 317), "aarch64": (0xC00000B7, 63, 277)}
"""Number of the architecture (linux/audit.h) and of the system calls `read` and `seccomp`."""

_NO_NEW_PRIVILEGES = 38  # prctl(2)
_SET_FILTER, _ALL_THREADS = 1, 1  # seccomp(2)
_LOAD, _EQUAL, _RETURN = 0x20, 0x15, 0x06  # of the classic BPF machine
_ALLOW, _ERRNO = 0x7FFF0000, 0x00050000
_NUMBER_AT, _ARCHITECTURE_AT, _COUNT_AT = 0, 4, 32  # in struct seccomp_data, little-endian


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("steps", ctypes.c_void_p))


def fail_reads() -> None:
    """From now on, reads of films in this process fail with EIO; raises `OSError` if it cannot."""
    architecture, read, seccomp = _MACHINES[platform.machine()]
    fail = 6 + len(_SIZES)
    steps = [
        (_LOAD, 0, 0, _ARCHITECTURE_AT),
        (_EQUAL, 0, fail - 3, architecture),
        (_LOAD, 0, 0, _NUMBER_AT),
        (_EQUAL, 0, fail - 5, read),
        (_LOAD, 0, 0, _COUNT_AT),
        *((_EQUAL, fail - place - 1, 0, size) for place, size in enumerate(_SIZES, start=5)),
        (_RETURN, 0, 0, _ALLOW),
        (_RETURN, 0, 0, _ERRNO | errno.EIO),
    ]
    code = b"".join(struct.pack("=HBBI", *step) for step in steps)
    buffer = ctypes.create_string_buffer(code, len(code))
    program = _Program(len(steps), ctypes.cast(buffer, ctypes.c_void_p))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl")
    if libc.syscall(seccomp, _SET_FILTER, _ALL_THREADS, ctypes.byref(program)) != 0:
        raise OSError(ctypes.get_errno(), "seccomp")


def can_fail() -> bool:
    """Return whether reads can be made to fail on this computer; tried in another process."""
    import subprocess

    if sys.platform != "linux" or platform.machine() not in _MACHINES:
        return False
    command = "from tests.failing_disk import fail_reads; fail_reads()"
    return subprocess.run([sys.executable, "-c", command], check=False).returncode == 0


def _main(moment: Path, arguments: list[str]) -> None:
    from filmcolor.cli.app import main

    def wait() -> None:
        while not moment.exists():
            time.sleep(0.001)
        fail_reads()

    if moment.exists():
        fail_reads()
    else:
        threading.Thread(target=wait, daemon=True).start()
    sys.argv = ["filmcolor", *arguments]
    main()


if __name__ == "__main__":
    _main(Path(sys.argv[1]), sys.argv[2:])
