"""Values of numpy's and pandas' objects, by their own repr and within bounds."""
import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from agent_client import PACKAGE, Target, require_agent  # noqa: E402
from copy_client import Copy, keep  # noqa: E402
from packages import has, wheels  # noqa: E402

PYTHONS = require_agent()
FETCHED_FOR = "3.11"  # other versions use what an earlier run has fetched
NUMPY = """
import json, sys
import numpy as np
small = np.arange(6, dtype="int16").reshape(2, 3)
large = np.zeros(20_000_000)
records = np.array([(1, "ada")], dtype=[("number", "i4"), ("name", "U8")])
objects = np.array([{"a": 1}, None], dtype=object)
scalar = np.float64(2.5)
strided = np.arange(10, dtype="uint8")[::2]
"""
PANDAS = """
import pandas as pd
frame = pd.DataFrame({"name": ["ada", "bob"], "number": [1, 2]})
long = pd.DataFrame({"number": range(200_000)})
series = frame["number"]
"""
SERVE = """
print("ready", flush=True)
for line in sys.stdin: print("1", flush=True)
"""


class PackageValues(unittest.TestCase):
    def each(self, module, code):
        tried = False
        for python, version in PYTHONS.items():
            folder = wheels(version, *((module,) if version.startswith(FETCHED_FOR) else ()))
            if not has(folder, module):
                continue
            print(version, end=" ", file=sys.stderr, flush=True)
            tried = True
            with Target(python, code, env={"PYTHONPATH": os.pathsep.join([PACKAGE, folder])}) as target:
                with target.client() as client:
                    _, result = keep(client)
                    with Copy(result["twin"]["socket"]) as copy:
                        yield lambda source, copy=copy, **how: self.value(copy, source, **how)
                    target.ask("still there")
        if not tried:
            self.skipTest(module + " cannot be had: no pip or no network")

    def value(self, copy, source, **how):
        reply, _, _ = copy.value(source=source, **how)
        self.assertIn("value", reply, reply)
        return reply["value"]

    def test_numpy(self):
        for value in self.each("numpy", NUMPY + SERVE):
            small = value("small")
            self.assertEqual(small["repr"]["text"], "array([[0, 1, 2],\n       [3, 4, 5]], dtype=int16)")
            self.assertEqual(small["text"]["text"], "[[0 1 2]\n [3 4 5]]")
            self.assertEqual((small["type"], small["length"]), ("numpy.ndarray", 2))
            self.assertEqual(small["bytes"], {"text": "000001000200030004000500", "length": 12, "cut": False})
            large = value("large", textLimit=100)
            self.assertLess(len(large["repr"]["text"]), 100)
            self.assertIn("...", large["repr"]["text"])
            self.assertEqual(large["bytes"], {"text": "00" * 50, "length": 160_000_000, "cut": True})
            self.assertIn("(1, 'ada')", value("records")["repr"]["text"])
            self.assertIn("{'a': 1}", value("objects")["repr"]["text"])
            self.assertNotIn("bytes", value("objects"))  # addresses are no contents
            self.assertIn("2.5", value("scalar")["repr"]["text"])
            self.assertEqual(value("strided")["bytes"]["text"], "0002040608")

    def test_pandas(self):
        for value in self.each("pandas", NUMPY + PANDAS + SERVE):
            frame = value("frame")
            self.assertEqual(frame["repr"]["text"], "  name  number\n0  ada       1\n1  bob       2")
            self.assertEqual(frame["type"].rpartition(".")[2], "DataFrame")
            self.assertEqual(frame["length"], 2)
            self.assertIn("[200000 rows x 1 columns]", value("long")["repr"]["text"])
            self.assertIn("dtype: int64", value("series")["repr"]["text"])


if __name__ == "__main__":
    unittest.main()
