from . import storage


class Audit:
    def __init__(self):
        self.trail = []

    def note(self, number):
        storage.keep(self.trail, {"number": number, "text": "note %d" % number})  #< store
