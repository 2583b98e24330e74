"""Healthy programs that wait: Flask, Django, asyncio, and a pytest session at its end, with the real packages.
None of them is a suspect, neither in one snapshot nor between two with requests in between."""
import os
import sys
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path[:0] = [os.path.join(ROOT, "tests", "cli"), os.path.join(ROOT, "tests", "support")]
from cli_support import CliCase  # noqa: E402
from environments import SKIPPED, Unavailable, python_with  # noqa: E402

PACKAGES = ("flask", "django", "pytest")

# Each program prints "ready", then handles work for every line it is sent.
FLASK = '''
import sys
import flask
application = flask.Flask(__name__)

@application.route("/orders/<int:number>")
def order(number):
    return flask.jsonify(number=number, text="order %d" % number)

client = application.test_client()
def work(count):
    for number in range(count):
        assert client.get("/orders/%d" % number).status_code == 200
'''
DJANGO = '''
import sys
import django
from django.conf import settings
settings.configure(ROOT_URLCONF=__name__, ALLOWED_HOSTS=["*"], SECRET_KEY="none", DATABASES={
    "default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth"])
django.setup()
from django.core.management import call_command
from django.http import JsonResponse
from django.core.wsgi import get_wsgi_application
from django.urls import path
from django.contrib.auth.models import User

def order(request, number):
    return JsonResponse({"number": number, "users": User.objects.count()})

urlpatterns = [path("orders/<int:number>", order)]
call_command("migrate", verbosity=0)
# Through the handler that a server calls: the test client adds a finalizer with each request, and is rightly
# a suspect.
application = get_wsgi_application()
from wsgiref.util import setup_testing_defaults
def work(count):
    for number in range(count):
        environ = {"PATH_INFO": "/orders/%d" % number}
        setup_testing_defaults(environ)
        response = application(environ, lambda status, headers: None)
        assert response.status_code == 200
        response.close()
'''
ASYNCIO = '''
import asyncio
import sys

async def handle(reader, writer):
    writer.write(await reader.readline())
    await writer.drain()
    writer.close()

async def ask(port, number):
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"order %d\\n" % number)
    assert await reader.readline() == b"order %d\\n" % number
    writer.close()

loop = asyncio.new_event_loop()
server = loop.run_until_complete(asyncio.start_server(handle, "127.0.0.1", 0))
port = server.sockets[0].getsockname()[1]
def work(count):
    for number in range(count):
        loop.run_until_complete(ask(port, number))
'''
PYTEST = '''
import os
import sys
import pytest
folder = os.environ["TESTS"]
with open(os.path.join(folder, "test_orders.py"), "w") as file:
    file.write("import pytest\\n@pytest.mark.parametrize('n', range(200))\\ndef test_order(n):\\n    assert n >= 0\\n")
def work(count):
    assert pytest.main(["-q", "-p", "no:cacheprovider", folder], plugins=[]) == 0
'''
LOOP = '''
work(50)
print("\\nready", flush=True)
for line in sys.stdin:
    work(50)
    print("\\nready", flush=True)
'''


class IdlePrograms(CliCase):
    def suspects(self, *arguments):
        return [(one["title"], one["retained"], one["holder"]["expression"])
                for one in self.ok("suspects", *arguments, "--json").json()["suspects"]]

    def check(self, body):
        script = self.write("program.py", body + LOOP)
        process = self.start_with_agent(script, python=python_with(*PACKAGES), env={"TESTS": self.folder})
        before, after = self.path("before"), self.path("after")
        self.ok("snapshot", process.pid, "-o", before)
        process.stdin.write("more\n")
        process.stdin.flush()
        while process.stdout.readline() not in ("ready\n", ""):
            pass
        self.ok("snapshot", process.pid, "-o", after)
        self.assertEqual(self.suspects(before), [])
        self.assertEqual(self.suspects(after, "--since", before), [])

    def test_flask(self):
        self.check(FLASK)

    def test_django(self):
        self.check(DJANGO)

    def test_asyncio(self):
        self.check(ASYNCIO)

    def test_pytest(self):
        self.check(PYTEST)


if __name__ == "__main__":
    try:
        python_with(*PACKAGES)
    except Unavailable as reason:
        print("skipped: no environment with %s: %s" % (", ".join(PACKAGES), reason))
        sys.exit(SKIPPED)
    unittest.main()
