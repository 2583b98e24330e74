#!/usr/bin/env python3
"""The main job, shown: a daemon leaks, whyalive names the holder and the very line. `./dev demo` runs this.

Everything happens in a temporary folder, and all of it is gone at the end, whatever happens.
"""
import argparse
import os
import shlex
import signal
import subprocess
import sys
import tempfile

EXAMPLES = os.path.dirname(os.path.abspath(__file__))
DAEMON = os.path.join(EXAMPLES, "xmpp_daemon", "daemon.py")
LIBRARY = os.path.join(EXAMPLES, "xmpp_daemon", "xmpp", "dispatcher.py")
BEFORE, AFTER = "before.whyalive", "after.whyalive"

REPORT_EVERY = 100  # requests between two lines of the daemon
COLOURS = sys.stdout.isatty() and not os.environ.get("NO_COLOR")


class DemoError(Exception):
    pass


def styled(code, text):
    return "\x1b[%sm%s\x1b[0m" % (code, text) if COLOURS else text


def say(text):
    print("\n" + styled("1;36", "==> " + text), flush=True)


def shown(command):
    return " ".join(shlex.quote(part) for part in command)


class Demo:
    def __init__(self, options, folder):
        self.options = options
        self.folder = folder
        self.daemon = None

    def whyalive(self, *arguments, shows=None):
        """Runs one command, printed first the way a person would type it."""
        print(styled("1", "$ whyalive " + shown(shows or arguments)), flush=True)
        done = subprocess.run([self.options.whyalive] + list(arguments), cwd=self.folder,
                              check=False)
        if done.returncode != 0:
            raise DemoError("whyalive %s ended with exit code %d" % (arguments[0], done.returncode))

    def start(self):
        command = ["run", "--python", self.options.python, "--", DAEMON, "--rate",
                   str(self.options.rate), "--warmup", "500", "--report", str(REPORT_EVERY)]
        print(styled("1", "$ whyalive run -- xmpp_daemon/daemon.py --rate %d" % self.options.rate),
              flush=True)
        self.daemon = subprocess.Popen([self.options.whyalive] + command, cwd=self.folder,
                                       stdout=subprocess.PIPE, text=True)
        self.wait_for("ready")

    def wait_for(self, start):
        """Reads the daemon's lines until one begins so."""
        for line in self.daemon.stdout:
            if line.startswith(start):
                print(line, end="", flush=True)
                return
        raise DemoError("the daemon ended with exit code %s" % self.daemon.wait())

    def let_it_work(self):
        requests = self.options.requests
        print("(it handles %d requests)" % requests, flush=True)
        for _ in range(requests // REPORT_EVERY):
            line = self.daemon.stdout.readline()
            if not line:
                raise DemoError("the daemon ended with exit code %s" % self.daemon.wait())
        print(line, end="", flush=True)

    def run(self):
        say("A daemon starts, with the agent inside.")
        self.start()
        pid = str(self.daemon.pid)
        say("A snapshot; the daemon hardly notices.")
        self.whyalive("snapshot", pid, "-o", BEFORE)
        say("It works on, and grows.")
        self.let_it_work()
        self.whyalive("snapshot", pid, "-o", AFTER)
        say("What is its heap made of, and what grew?")
        self.whyalive("heap", AFTER, "--since", BEFORE)
        say("Who keeps all that, and which line of code put it there?")
        self.whyalive("suspects", AFTER, "--since", BEFORE, "-n", "1")
        say("The file with that line, as an editor shows it.")
        self.whyalive("annotate", AFTER, LIBRARY, "--since", BEFORE, "--context", "2",
                      shows=["annotate", AFTER, "xmpp/dispatcher.py", "--since", BEFORE,
                             "--context", "2"])
        say("What next")
        print(NEXT.format(folder=os.path.join(EXAMPLES, "xmpp_daemon")))

    def stop(self):
        if self.daemon is None:
            return
        self.daemon.send_signal(signal.SIGINT)  # so that it leaves in order, its agent too
        try:
            self.daemon.wait(10)
        except subprocess.TimeoutExpired:
            self.daemon.kill()
            self.daemon.wait()
        self.daemon.stdout.close()


NEXT = """\
The entry is read in Dispatcher.dispatch and never removed. Make it a pop, and the leak is gone:

    func, args = self._expected.pop(stanza.getID())

The same in VS Code: open {folder},
run "WhyAlive: Run this file with WhyAlive" on daemon.py (or "Attach to Python process…"), then
"Take snapshot" twice with a while between, and "Jump to leaking code": the hints stand beside the lines.
With other editors: docs/protocol.md tells what `whyalive lsp` speaks."""


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--whyalive", help="the program (default: build/whyalive)",
                        default=os.path.join(os.path.dirname(EXAMPLES), "build", "whyalive"))
    parser.add_argument("--python", default=sys.executable, help="interpreter of the daemon")
    parser.add_argument("--rate", type=int, default=500, help="requests per second")
    parser.add_argument("--requests", type=int, default=1500,
                        help="requests between the two snapshots")
    return parser.parse_args()


def main():
    options = arguments()
    options.whyalive = os.path.abspath(options.whyalive)
    if not os.access(options.whyalive, os.X_OK):
        print("demo: %s is missing; build it with: ./dev build" % options.whyalive, file=sys.stderr)
        return 1
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that the finally below runs
    with tempfile.TemporaryDirectory(prefix="whyalive-demo-") as folder:
        demo = Demo(options, folder)
        try:
            demo.run()
        except DemoError as error:
            print("demo: %s" % error, file=sys.stderr)
            return 1
        except KeyboardInterrupt:
            return 1
        finally:
            demo.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
