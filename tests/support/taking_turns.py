"""Tests that run side by side take turns where they fetch something into a folder of .cache."""
import contextlib
import fcntl
import os


@contextlib.contextmanager
def only_one(folder):
    """Makes the folder, and waits until no other process is in here with it."""
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, "lock"), "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
