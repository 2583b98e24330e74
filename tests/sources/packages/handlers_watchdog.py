# Holder: the handlers of an observer of folders.
from watchdog.events import FileSystemEventHandler
from watchdog.observers.api import BaseObserver, EventEmitter

observer = BaseObserver(EventEmitter)


class Reload(FileSystemEventHandler):
    def __init__(self, number):
        self.files = ["file %d" % number] * 20


def watch(number):
    observer.schedule(Reload(number), "/tmp", recursive=True)  #< call


def work(count):
    for number in range(count // 4):
        watch(number)
