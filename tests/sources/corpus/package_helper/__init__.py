# Holder: Audit.trail, passed through two functions of another module.
from .audit import Audit

audit = Audit()


def work(count):
    for number in range(count):
        audit.note(number)
