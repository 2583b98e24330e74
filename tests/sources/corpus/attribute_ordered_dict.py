# Holder: Sessions.by_token, an OrderedDict whose clean-up is never called.
from collections import OrderedDict


class Session:
    def __init__(self, token):
        self.token = token
        self.data = {"created": token, "items": []}


class Sessions:
    def __init__(self):
        self.by_token = OrderedDict()

    def open(self, token):
        session = Session(token)
        self.by_token[token] = session  #< store
        return session

    def touch(self, token):
        self.by_token.move_to_end(token)


sessions = Sessions()


def work(count):
    for number in range(count):
        token = "token-%d-%d" % (len(sessions.by_token), number)
        sessions.open(token)
        sessions.touch(token)
