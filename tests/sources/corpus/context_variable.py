# Holder: the list in the context variable trail.
import contextvars

trail = contextvars.ContextVar("trail")
trail.set([])


def mark(number):
    trail.get().append({"number": number, "text": "step %d" % number})  #< store


def work(count):
    for number in range(count):
        mark(number)
