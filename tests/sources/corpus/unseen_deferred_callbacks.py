# After an event-driven framework: callbacks pile up on a deferred that never fires.
# Holder: Deferred.callbacks.
class Deferred:
    def __init__(self):
        self.called = False
        self.callbacks = []

    def addCallbacks(self, callback, errback=None, *args, **kwargs):
        self.callbacks.append(((callback, args, kwargs), (errback, (), {})))  #< store
        if self.called:
            self._run()
        return self

    def addBoth(self, callback, *args, **kwargs):
        return self.addCallbacks(callback, callback, *args, **kwargs)

    def _run(self):
        while self.callbacks:
            self.callbacks.pop(0)


class Request:
    def __init__(self, number):
        self.headers = {"number": number}
        self.body = ["part"] * 10

    def finish(self, result):
        return result


ready = Deferred()


def handle(number):
    request = Request(number)
    ready.addBoth(request.finish, number)  #< also


def work(count):
    for number in range(count):
        handle(number)
