"""A process to be attached to. `target.py MODE FOLDER [WORK_LIBRARY]` prints "ready", does that kind of
work, checks every result, and when the file FOLDER/stop appears prints {"rounds", "wrong"} and ends.

Runs on every interpreter from 3.6 on, so it imports little."""
import ctypes
import hashlib
import json
import os
import re
import select
import signal
import struct
import sys
import threading
import time
import zlib

MODE, FOLDER = sys.argv[1], sys.argv[2]
WORK = ctypes.CDLL(sys.argv[3]) if len(sys.argv) > 3 else None
STOP = os.path.join(FOLDER, "stop")

rounds = 0
wrong = 0


def stop_is_wished():
    return os.path.exists(STOP)


def stopping():
    """Not before there was something to see, however little time this process was given."""
    return rounds > 1 and stop_is_wished()


def check(good):
    global rounds, wrong
    rounds += 1
    if not good:
        wrong += 1


def compute():
    value = 1
    table = {}
    for i in range(3000):
        value = (value * 1103515245 + 12345) & 0x7fffffff
        table[value % 97] = table.get(value % 97, 0) + i
    return value, tuple(sorted(table.items()))


def busy_python():
    expected = compute()
    while not stopping():
        check(compute() == expected)


def busy_c():
    data = [(i * 7919) % 100003 for i in range(60000)]
    ordered = sorted(data)
    text = (b"the quick brown fox %d " * 3000)
    packed = zlib.compress(text, 9)
    digest = hashlib.sha256(text * 20).hexdigest()
    pattern = re.compile(r"(?:a|b)*c(\d+)")
    subject = "ab" * 3000 + "c42"
    while not stopping():
        check(sorted(data) == ordered)
        check(zlib.decompress(zlib.compress(text, 9)) == text and zlib.compress(text, 9) == packed)
        check(hashlib.sha256(text * 20).hexdigest() == digest)
        check(pattern.match(subject).group(1) == "42")


def asleep():
    while not stopping():
        start = time.monotonic()
        time.sleep(0.02)
        check(time.monotonic() - start >= 0.0195)


def in_select():
    reader, writer = os.pipe()
    while not stopping():
        start = time.monotonic()
        check(select.select([reader], [], [], 0.02) == ([], [], []))
        check(time.monotonic() - start >= 0.0195)
        os.write(writer, b"x")
        check(select.select([reader], [], [], 5)[0] == [reader] and os.read(reader, 1) == b"x")


def in_epoll():
    reader, writer = os.pipe()
    poller = select.epoll()
    poller.register(reader, select.EPOLLIN)
    while not stopping():
        start = time.monotonic()
        check(poller.poll(0.02) == [])
        check(time.monotonic() - start >= 0.0185)
        os.write(writer, b"x")
        check(poller.poll(5) == [(reader, select.EPOLLIN)] and os.read(reader, 1) == b"x")


def threads():
    expected = compute()
    counts = []
    lock = threading.Lock()

    def work(number):
        while not stopping():
            if number % 2:
                time.sleep(0.005)
            good = compute() == expected
            with lock:
                check(good)
        counts.append(number)

    all_threads = [threading.Thread(target=work, args=(i,)) for i in range(50)]
    for thread in all_threads:
        thread.start()
    for thread in all_threads:
        thread.join()
    check(sorted(counts) == list(range(50)))


def lock():
    held = threading.Lock()
    held.acquire()
    done = threading.Event()

    def release_later():
        while not stop_is_wished():
            time.sleep(0.01)
        done.set()
        held.release()

    threading.Thread(target=release_later).start()
    check(held.acquire())  # a futex, until the end
    check(done.is_set())


def signals():
    seen = []
    signal.signal(signal.SIGALRM, lambda number, frame: seen.append(1))
    signal.setitimer(signal.ITIMER_REAL, 0.001, 0.001)
    expected = compute()
    blocks = []
    while not stopping() or len(seen) <= 10:
        check(compute() == expected)
        blocks = [b"%d" % i * (i % 700 + 600) for i in range(300)]  # through malloc
        check(len(blocks[299]) == 3 * 899)
    signal.setitimer(signal.ITIMER_REAL, 0)
    check(len(seen) > 10)


def forks():
    while not stopping():
        child = os.fork()
        if child == 0:
            data = [bytearray(1000) for _ in range(20)]
            os._exit(3 if len(data) == 20 else 4)
        pid, status = os.waitpid(child, 0)
        check(pid == child and status == 3 << 8)


def work_on_threads(functions):
    stop = ctypes.c_int(0)
    results = []

    def run(name, arguments):
        count = ctypes.c_long(0)
        function = getattr(WORK, name)
        function.restype = ctypes.c_long
        bad = function(ctypes.byref(stop), ctypes.byref(count), *arguments)
        results.append((bad, count.value))

    all_threads = [threading.Thread(target=run, args=(name, arguments))
                   for name, arguments in functions]
    for thread in all_threads:
        thread.start()
    while not stop_is_wished():
        time.sleep(0.01)
    stop.value = 1
    for thread in all_threads:
        thread.join()
    for bad, count in results:
        global rounds, wrong
        rounds += count
        wrong += bad
    check(len(results) == len(functions))


def work_on_main(name, *arguments):
    """The only thread of the process is in C, without the GIL, until SIGUSR1 sets its flag."""
    global rounds, wrong
    stop = ctypes.c_int(0)
    count = ctypes.c_long(0)
    function = getattr(WORK, name)
    function.restype = ctypes.c_long
    WORK.stop_on_signal(ctypes.byref(stop), int(signal.SIGUSR1))
    wrong += function(ctypes.byref(stop), ctypes.byref(count), *arguments)
    rounds += count.value


def filter_calls(numbers, action):
    """A seccomp filter that answers these system calls with the action and allows the others."""
    def step(code, value, yes=0, no=0):
        return struct.pack("HBBI", code, yes, no, value)
    program = step(0x20, 0)  # load the number
    for at, number in enumerate(numbers):
        program += step(0x15, number, len(numbers) - 1 - at + 1)
    program += step(6, 0x7fff0000) + step(6, action)
    buffer = ctypes.create_string_buffer(program)
    header = struct.pack("HxxxxxxP", len(program) // 8, ctypes.addressof(buffer))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(38, 1, 0, 0, 0) != 0 or libc.prctl(22, 2, ctypes.create_string_buffer(header)) != 0:
        raise OSError(ctypes.get_errno(), "seccomp")


def filtered(numbers, action):
    filter_calls(numbers, action)
    ready()
    busy_python()


KILL, REFUSE = 0x80000000, 0x00050001
PTRACE, CLONE, CLONE3 = 101, 56, 435  # on x86-64

MODES = {
    "seccomp-kill-ptrace": lambda: filtered([PTRACE], KILL),
    "seccomp-refuse-threads": lambda: filtered([CLONE, CLONE3], REFUSE),
    "seccomp-kill-threads": lambda: filtered([CLONE, CLONE3], KILL),
    "busy-python": busy_python,
    "busy-c": busy_c,
    "asleep": asleep,
    "select": in_select,
    "epoll": in_epoll,
    "threads": threads,
    "lock": lock,
    "signals": signals,
    "forks": forks,
    "churn": lambda: work_on_threads([("churn", ())] * 2),
    "churn-alone": lambda: work_on_main("churn"),
    "errno": lambda: work_on_main("keep_errno"),
    "numbers": lambda: work_on_main("keep_numbers"),
    "waits": lambda: work_on_threads([("wait_exactly", (kind,)) for kind in range(5)] +
                                     [("wait_for_input", (kind,)) for kind in range(3)]),
    "nanosleep": lambda: work_on_main("wait_exactly", 0),
    "poll": lambda: work_on_main("wait_exactly", 1),
}

def ready():
    sys.stdout.write("ready\n")
    sys.stdout.flush()


if not MODE.startswith("seccomp"):
    ready()
NAMES = {"NAMES"} | set(globals())
MODES[MODE]()
if set(globals()) != NAMES:  # somebody left something behind
    wrong += 1
sys.stdout.write(json.dumps({"rounds": rounds, "wrong": wrong}) + "\n")
sys.stdout.flush()
