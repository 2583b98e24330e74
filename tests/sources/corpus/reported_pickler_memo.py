# After a recorder that writes many objects with one pickler: its memo, in C, keeps them all.
# Holder: a Pickler.
import io
import pickle


class Event:
    def __init__(self, number):
        self.values = [number] * 20


class Recorder:
    def __init__(self):
        self.stream = io.BytesIO()
        self.pickler = pickle.Pickler(self.stream)

    def record(self, event):
        self.pickler.dump(event)  #< store
        self.stream.seek(0)
        self.stream.truncate()


recorder = Recorder()


def work(count):
    for number in range(count):
        recorder.record(Event(number))
