"""Runs a program on a kernel that seems to lack something: a filter of system calls, set before the program
starts, answers for it.

    python3 other_kernel.py seccomp[,landlock] PROGRAM ARGUMENT…
"""
import ctypes
import os
import struct
import sys

PR_SET_SECCOMP, PR_SET_NO_NEW_PRIVS, FILTER = 22, 38, 2
ALLOW, ERROR = 0x7fff0000, 0x00050000
EINVAL, ENOSYS = 22, 38
PRCTL = {"x86_64": 157, "aarch64": 167}[os.uname().machine]
SECCOMP = {"x86_64": 317, "aarch64": 277}[os.uname().machine]
LANDLOCK_CREATE_RULESET = 444


def statement(code, value):
    return struct.pack("=HBBI", code, 0, 0, value)


def jump_if_equal(value, yes, no):
    return struct.pack("=HBBI", 0x15, yes, no, value)


def load(offset):
    return statement(0x20, offset)


def refusal(number, error):
    return jump_if_equal(number, 0, 1) + statement(0x06, ERROR | error)


def program(without):
    code = load(0)
    if "landlock" in without:
        code += refusal(LANDLOCK_CREATE_RULESET, ENOSYS)
    if "seccomp" in without:
        code += refusal(SECCOMP, ENOSYS)
        code += jump_if_equal(PRCTL, 0, 3) + load(16) + refusal(PR_SET_SECCOMP, EINVAL)
    return code + statement(0x06, ALLOW)


def main():
    code = program(sys.argv[1].split(","))
    buffer = ctypes.create_string_buffer(code, len(code))
    whole = struct.pack("@HP", len(code) // 8, ctypes.addressof(buffer))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) or libc.prctl(PR_SET_SECCOMP, FILTER, whole, 0, 0):
        sys.exit("this kernel takes no filter: %s" % os.strerror(ctypes.get_errno()))
    os.execv(sys.argv[2], sys.argv[2:])


if __name__ == "__main__":
    main()
