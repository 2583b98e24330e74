# After closures used as objects: the history is rebound to a longer tuple each time.
# Holder: the closure variable history.
def make_counter():
    history = ()

    def count(event):  #< also
        nonlocal history
        history = history + ({"event": event, "size": len(history)},)  #< store
        return len(history)

    return count


counter = make_counter()


def work(count):
    for number in range(count // 5):
        counter("event %d" % number)
