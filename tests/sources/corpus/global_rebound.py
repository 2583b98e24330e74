# Holder: the global EVENTS, declared global and extended with +=.
EVENTS = []


def log(kind, number):
    global EVENTS
    EVENTS += [{"kind": kind, "number": number}]  #< store


def work(count):
    for number in range(count):
        log("tick", number)
