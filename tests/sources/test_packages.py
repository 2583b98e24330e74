"""Leaks through real packages: signals, deferreds, events, fields, log capture. Each program of the folder
packages/ runs with the agent; of the suspects' lines the first must be in the package or be the program's
marked one ("#< store"), and the marked call of the program ("#< call") must be among them.

The packages come from PyPI into .cache/packages (a virtual environment) once; the test is skipped where they
cannot be had.
"""
import concurrent.futures
import os
import subprocess
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
PROGRAMS = os.path.join(HERE, "packages")
VENV = os.path.join(ROOT, ".cache", "packages")
PYTHON = os.path.join(VENV, "bin", "python")
PACKAGES = ["blinker==1.9.0", "Django==5.2", "PyDispatcher==2.0.7", "Twisted==25.5.0", "SQLAlchemy==2.0.43",
            "attrs==25.3.0", "pytest==8.4.1", "APScheduler==3.11.3", "cachetools==8.0.2", "loguru==0.7.3",
            "pluggy==1.7.0", "prometheus_client==0.26.0", "pyee==13.0.1", "simpy==4.1.2",
            "tornado==6.6.1", "traitlets==5.16.1", "watchdog==7.1.0", "zope.event==6.2"]
os.environ["WHYALIVE_CORPUS_FOLDER"] = PROGRAMS
os.environ["WHYALIVE_CORPUS_PYTHON"] = PYTHON

import test_corpus  # noqa: E402  (reads its environment when imported)

# The first line: file's end and what it says.
STATEMENTS = {
    "classes_attrs": ("attr/_make.py", "linecache.cache.setdefault("),
    "deferred_twisted": ("internet/defer.py", "self._callbacks.append("),
    "delayed_twisted": ("internet/task.py", "self.calls.append("),
    "events_sqlalchemy": ("event/registry.py", "dispatch_reg = _key_to_collection[key]"),
    "fields_attrs": ("fields_attrs.py", "self.items.append("),
    "log_capture_pytest": ("_pytest/logging.py", "self.records.append("),
    # connect() fills both, with as many entries: either is the leak.
    "signals_blinker": ("blinker/base.py", "self.receivers[receiver_id] = ",
                        "self._by_receiver[receiver_id].add("),
    "signals_django": ("dispatch/dispatcher.py", "self.receivers.append("),
    "signals_pydispatch": ("pydispatch/dispatcher.py", "receivers.append("),
    "events_simpy": ("simpy/core.py", "heappush(self._queue, "),
    "handlers_watchdog": ("observers/api.py", "self._handlers[watch].add(event_handler)"),
    "jobs_apscheduler": ("schedulers/base.py", "self._pending_jobs.append("),
    "keys_cachetools": ("keys_cachetools.py", "CACHE = {}"),  # the store is beyond what is followed
    "labels_prometheus": ("prometheus_client/metrics.py", "self._metrics["),
    "listeners_pyee": ("pyee/base.py", "self._events[event][k] = v"),
    "observers_traitlets": ("traitlets/traitlets.py", "nlist.append(handler)"),
    "plugins_pluggy": ("pluggy/_manager.py", "self._name2plugin[plugin_name] = plugin"),
    "sinks_loguru": ("loguru/_logger.py", "self._core.handlers = handlers"),
    "subscribers_zope": ("subscribers_zope.py", "zope.event.subscribers.append("),
    "timeouts_tornado": ("platform/asyncio.py", "self.asyncio_loop.call_later("),
}


def install():
    """None when the packages are there, else why not."""
    stamp = os.path.join(VENV, "complete")
    wanted = "\n".join(PACKAGES)
    if os.path.exists(stamp):
        with open(stamp, encoding="utf-8") as file:
            if file.read() == wanted:
                return None
    for command in ([sys.executable, "-m", "venv", "--clear", VENV],
                    [PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check",
                     *PACKAGES]):
        done = subprocess.run(command, capture_output=True, text=True, timeout=300)
        if done.returncode != 0:
            return "the packages cannot be installed: " + (done.stderr or done.stdout)[-300:].strip()
    with open(stamp, "w", encoding="utf-8") as file:
        file.write(wanted)
    return None


class Packages(unittest.TestCase):
    def test_every_leak_is_led_to_its_statement(self):
        with concurrent.futures.ThreadPoolExecutor(max_workers=2) as pool:
            running = {name: pool.submit(test_corpus.suspects_of, name) for name in STATEMENTS}
        for name, (file, *texts) in STATEMENTS.items():
            with self.subTest(name):
                suspects = running[name].result()
                self.assertTrue(suspects, "no suspect")
                locations = suspects[0]["locations"]
                self.assertTrue(locations, "no line for " + suspects[0]["title"])
                self.assertTrue(locations[0]["file"].endswith(file), locations[0])
                self.assertTrue(any(text in locations[0]["text"] for text in texts), locations[0])
                marks = test_corpus.marks(os.path.join(PROGRAMS, name + ".py"))
                named = {one["line"] for suspect in suspects for one in suspect["locations"]
                         if one["file"].startswith(PROGRAMS)}
                self.assertEqual(set(marks) - named, set(), locations)


if __name__ == "__main__":
    reason = test_corpus.missing() or install()
    if reason:
        print("skipped: " + reason)
        sys.exit(77)
    unittest.main()
