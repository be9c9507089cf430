"""A filter of system calls (seccomp BPF): the kernel refuses those that the text of strangers never needs."""

from __future__ import annotations

import ctypes
import os
import struct
import sys

_SET_SECCOMP, _FILTER = 22, 2
_LOAD, _JUMP_EQUAL, _JUMP_SET, _JUMP_ABOVE, _RETURN = 0x20, 0x15, 0x45, 0x35, 0x06
_ALLOW, _KILL, _ERRNO = 0x7FFF0000, 0x80000000, 0x00050000
_EPERM, _ENOSYS = 1, 38
_NUMBER, _ARCHITECTURE, _FIRST, _SECOND, _THIRD = 0, 4, 16, 24, 32
_CLONE_THREAD = 0x10000
_X32 = 0x40000000
# O_WRONLY, O_RDWR, O_CREAT, O_TRUNC, O_APPEND; O_TMPFILE holds O_DIRECTORY besides and needs O_WRONLY or O_RDWR.
_WRITING = 0x1 | 0x2 | 0o100 | 0o1000 | 0o2000

_ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}

# Numbers that both architectures share, from Linux 5.0 on.
_COMMON = {
    "pidfd_send_signal": 424,
    "io_uring_setup": 425,
    "io_uring_enter": 426,
    "io_uring_register": 427,
    "open_tree": 428,
    "move_mount": 429,
    "fsopen": 430,
    "fsmount": 432,
    "pidfd_open": 434,
    "openat2": 437,
    "pidfd_getfd": 438,
    "mount_setattr": 442,
    "quotactl_fd": 443,
    "memfd_secret": 447,
    "process_mrelease": 448,
    "fchmodat2": 452,
    "setxattrat": 463,
    "removexattrat": 466,
}
_X86 = {
    "open": 2, "socket": 41, "connect": 42, "accept": 43, "sendto": 44, "recvfrom": 45, "sendmsg": 46,
    "recvmsg": 47, "shutdown": 48, "bind": 49, "listen": 50, "socketpair": 53, "clone": 56, "fork": 57,
    "vfork": 58, "execve": 59, "kill": 62, "shmget": 29, "semget": 64, "msgget": 68, "truncate": 76,
    "ftruncate": 77, "rename": 82, "mkdir": 83, "rmdir": 84, "creat": 85, "link": 86, "unlink": 87,
    "symlink": 88, "chmod": 90, "fchmod": 91, "chown": 92, "fchown": 93, "lchown": 94, "ptrace": 101,
    "setuid": 105, "setgid": 106, "setpgid": 109, "setsid": 112, "setreuid": 113, "setregid": 114,
    "setgroups": 116, "setresuid": 117, "setresgid": 119, "mknod": 133, "personality": 135,
    "pivot_root": 155, "prctl": 157, "chroot": 161, "acct": 163, "mount": 165, "umount2": 166, "swapon": 167,
    "reboot": 169, "sethostname": 170, "init_module": 175, "delete_module": 176, "setxattr": 188,
    "tkill": 200, "inotify_init": 253, "add_key": 248, "request_key": 249, "keyctl": 250, "openat": 257,
    "mkdirat": 258, "mknodat": 259, "fchownat": 260, "unlinkat": 263, "renameat": 264, "linkat": 265,
    "symlinkat": 266, "fchmodat": 268, "unshare": 272, "tgkill": 234, "utimensat": 280, "accept4": 288,
    "fanotify_init": 300, "prlimit64": 302, "name_to_handle_at": 303, "open_by_handle_at": 304, "setns": 308,
    "sendmmsg": 307, "process_vm_readv": 310, "process_vm_writev": 311, "kcmp": 312, "finit_module": 313,
    "renameat2": 316, "seccomp": 317, "memfd_create": 319, "kexec_file_load": 320, "bpf": 321,
    "execveat": 322, "userfaultfd": 323, "perf_event_open": 298, "rt_sigqueueinfo": 129, "mq_open": 240,
    "setrlimit": 160, "kexec_load": 246, "recvmmsg": 299, "setpriority": 141, "sched_setscheduler": 144,
    "sched_setaffinity": 203,
}  # fmt: skip
_ARM = {
    "socket": 198, "connect": 203, "accept": 202, "sendto": 206, "recvfrom": 207, "sendmsg": 211, "recvmsg": 212,
    "shutdown": 210, "bind": 200, "listen": 201, "socketpair": 199, "clone": 220, "execve": 221, "kill": 129,
    "shmget": 194, "semget": 190, "msgget": 186, "truncate": 45, "ftruncate": 46, "ptrace": 117, "setuid": 146,
    "setgid": 144, "setpgid": 154, "setsid": 157, "setreuid": 145, "setregid": 143, "setgroups": 159,
    "setresuid": 147, "setresgid": 149, "personality": 92, "pivot_root": 41, "prctl": 167, "chroot": 51,
    "acct": 89, "mount": 40, "umount2": 39, "swapon": 224, "reboot": 142, "sethostname": 161, "init_module": 105,
    "delete_module": 106, "setxattr": 5, "tkill": 130, "add_key": 217, "request_key": 218, "keyctl": 219,
    "openat": 56, "mkdirat": 34, "mknodat": 33, "fchownat": 54, "unlinkat": 35, "renameat": 38, "linkat": 37,
    "symlinkat": 36, "fchmodat": 53, "fchmod": 52, "fchown": 55, "unshare": 97, "tgkill": 131, "utimensat": 88,
    "accept4": 242, "fanotify_init": 262, "prlimit64": 261, "name_to_handle_at": 264, "open_by_handle_at": 265,
    "setns": 268, "sendmmsg": 269, "process_vm_readv": 270, "process_vm_writev": 271, "kcmp": 272,
    "finit_module": 273, "renameat2": 276, "seccomp": 277, "memfd_create": 279, "kexec_file_load": 294,
    "bpf": 280, "execveat": 281, "userfaultfd": 282, "perf_event_open": 241, "rt_sigqueueinfo": 138,
    "mq_open": 180, "setrlimit": 164, "kexec_load": 104, "recvmmsg": 243, "setpriority": 140,
    "sched_setscheduler": 119, "sched_setaffinity": 122,
}  # fmt: skip
_CALLS = {"x86_64": _X86, "aarch64": _ARM}
# What a process with a folder of its own needs; Landlock keeps it to that folder. Changing modes, owners and times is
# not among it: Landlock does not see those.
_FOR_WRITING = frozenset(
    {"ftruncate", "rename", "renameat", "renameat2", "mkdir", "mkdirat", "rmdir", "creat", "unlink", "unlinkat"}
)
_OWN_ONLY = ("kill", "tgkill")
_READING = {"open": _SECOND, "openat": _THIRD}
_CLONE3 = 435


def install_filter(*, may_write: bool = False) -> bool:
    """Installs the filter for this process; False where the system or the machine has none that we know.

    `may_write` leaves the calls that make, change and remove files: only for a process that Landlock confines.
    """
    machine = os.uname().machine
    if sys.platform != "linux" or machine not in _ARCHITECTURES or sys.byteorder != "little":
        return False
    left = _FOR_WRITING | _READING.keys() if may_write else frozenset()
    calls = {name: number for name, number in (_CALLS[machine] | _COMMON).items() if name not in left}
    program = b"".join(_program(_ARCHITECTURES[machine], calls, os.getpid()))
    buffer = ctypes.create_string_buffer(program)
    head = struct.pack("HxxxxxxP", len(program) // 8, ctypes.addressof(buffer))
    return int(ctypes.CDLL(None, use_errno=True).prctl(_SET_SECCOMP, _FILTER, head, 0, 0)) == 0


def _program(architecture: int, calls: dict[str, int], pid: int) -> list[bytes]:
    """The filter: refuses the calls of the list; some only with arguments that would do harm."""
    lines = [
        _line(_LOAD, _ARCHITECTURE),
        _line(_JUMP_EQUAL, architecture, 1, 0),
        _line(_RETURN, _KILL),
        _line(_LOAD, _NUMBER),
        _line(_JUMP_ABOVE, _X32, 0, 1),
        _line(_RETURN, _ERRNO | _ENOSYS),
        # Libraries fall back on clone, whose flags can be seen.
        _line(_JUMP_EQUAL, _CLONE3, 0, 1),
        _line(_RETURN, _ERRNO | _ENOSYS),
    ]
    for name, number in calls.items():
        if name in _READING:
            lines += _where(number, _READING[name], _JUMP_SET, _WRITING, refuse_if=True)
        elif name == "clone":
            lines += _where(number, _FIRST, _JUMP_SET, _CLONE_THREAD, refuse_if=False)
        elif name in _OWN_ONLY:
            lines += _where(number, _FIRST, _JUMP_EQUAL, pid, refuse_if=False)
        else:
            lines += [_line(_JUMP_EQUAL, number, 0, 1), _line(_RETURN, _ERRNO | _EPERM)]
    return [*lines, _line(_RETURN, _ALLOW)]


def _where(number: int, argument: int, test: int, value: int, *, refuse_if: bool) -> list[bytes]:
    """Decides a call by one of its arguments."""
    allow, refuse = _line(_RETURN, _ALLOW), _line(_RETURN, _ERRNO | _EPERM)
    return [
        _line(_JUMP_EQUAL, number, 0, 4),
        _line(_LOAD, argument),
        _line(test, value, 0, 1),
        refuse if refuse_if else allow,
        allow if refuse_if else refuse,
    ]


def _line(code: int, value: int, if_true: int = 0, if_false: int = 0) -> bytes:
    return struct.pack("=HBBI", code, if_true, if_false, value)
