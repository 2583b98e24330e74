"""What an extension type holds without telling the collector: two objects of one C type, each with a
list that only C sees. They must stay apart, name the type and where the program keeps the object, and
lead to the statement that fills it; the same for a StringIO and for a pickler's memo."""
import os
import shutil
import subprocess
import sys
import sysconfig
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tests", "cli"))
from cli_support import CliCase  # noqa: E402

EXTENSION = r"""
#include <Python.h>
/* Neither a tp_traverse nor Py_TPFLAGS_HAVE_GC, as in many an extension written by hand. */
typedef struct { PyObject_HEAD long marker; PyObject *items; } Sink;
static PyObject *make(PyTypeObject *type, PyObject *args, PyObject *kwargs) {
  Sink *self = (Sink *)type->tp_alloc(type, 0);
  if (self) self->items = PyList_New(0);
  return (PyObject *)self;
}
static void end(PyObject *self) { Py_XDECREF(((Sink *)self)->items); Py_TYPE(self)->tp_free(self); }
static PyObject *push(PyObject *self, PyObject *item) {
  if (PyList_Append(((Sink *)self)->items, item) < 0) return NULL;
  Py_RETURN_NONE;
}
static PyMethodDef methods[] = {{"push", push, METH_O, NULL}, {NULL}};
static PyTypeObject type = {PyVarObject_HEAD_INIT(NULL, 0) .tp_name = "sinks.Sink",
  .tp_basicsize = sizeof(Sink), .tp_flags = Py_TPFLAGS_DEFAULT, .tp_new = make, .tp_dealloc = end,
  .tp_methods = methods};
static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, "sinks", NULL, -1, NULL};
PyMODINIT_FUNC PyInit_sinks(void) {
  if (PyType_Ready(&type) < 0) return NULL;
  PyObject *module = PyModule_Create(&definition);
  Py_INCREF(&type);
  PyModule_AddObject(module, "Sink", (PyObject *)&type);
  return module;
}
"""

PROGRAM = """import sys
import sinks

class Event:
    def __init__(self, number):
        self.text = "event %d" % number * 10

class Server:
    def __init__(self):
        self.events = sinks.Sink()
        self.lines = sinks.Sink()

    def handle(self, number):
        self.events.push(Event(number))
        self.lines.push("line %d" % number * 30)

server = Server()
print("\\nready", flush=True)
done = 0
for line in sys.stdin:
    for number in range(done, done + int(line)):
        server.handle(number)
    done += int(line)
    print("\\nready", flush=True)
"""


class HeldFromC(CliCase):
    def setUp(self):
        super().setUp()
        compiler = shutil.which("cc") or shutil.which("gcc")
        headers = sysconfig.get_paths()["include"]
        if not compiler or not os.path.exists(os.path.join(headers, "Python.h")):
            self.skipTest("no C compiler, or no headers of this Python")
        source = self.write("sinks.c", EXTENSION)
        subprocess.run([compiler, "-shared", "-fPIC", "-I", headers, "-o", self.path("sinks.so"), source],
                       check=True)

    def work(self, process, count):
        process.stdin.write("%d\n" % count)
        process.stdin.flush()
        while process.stdout.readline() not in ("ready\n", ""):
            pass

    def test_two_objects_of_one_c_type_are_two_holders_with_their_statements(self):
        process = self.start_with_agent(self.write("program.py", PROGRAM),
                                        env={"PYTHONPATH": self.folder})
        snapshots = [self.path("first"), self.path("second")]
        for path in snapshots:
            self.work(process, 2000)
            self.ok("snapshot", process.pid, "-o", path)
        found = self.ok("suspects", snapshots[1], "--since", snapshots[0], "--json").json()["suspects"]
        by_name = {one["holder"]["expression"]: one for one in found}
        self.assertEqual(set(by_name), {"__main__.server.events.<native>",
                                        "__main__.server.lines.<native>"})
        for name, text in (("events", "self.events.push(Event(number))"),
                           ("lines", "self.lines.push(")):
            one = by_name["__main__.server.%s.<native>" % name]
            self.assertEqual(one["title"], "Server.%s holds 4,000 entries" % name)
            self.assertEqual(one["holder"]["steps"][-2]["type"], "sinks.Sink")
            self.assertIn(text, one["locations"][0]["text"])

    def test_a_single_snapshot_keeps_them_apart_too(self):
        process = self.start_with_agent(self.write("program.py", PROGRAM),
                                        env={"PYTHONPATH": self.folder})
        self.work(process, 3000)
        self.ok("snapshot", process.pid, "-o", self.path("one"))
        found = self.ok("suspects", self.path("one"), "--json").json()["suspects"]
        self.assertEqual({one["title"] for one in found},
                         {"Server.events holds 3,000 entries", "Server.lines holds 3,000 entries"})


if __name__ == "__main__":
    unittest.main()
