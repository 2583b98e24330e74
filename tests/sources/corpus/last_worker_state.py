# Holder: the local of a thread's endless loop, filled from a queue.
import queue
import threading

inbox = queue.Queue()


class Task:
    def __init__(self, number):
        self.data = [number] * 10


def worker():
    done = []
    while True:
        task = inbox.get()  #< also
        done.append(task)  #< store
        inbox.task_done()


threading.Thread(target=worker, daemon=True).start()


def work(count):
    for number in range(count):
        inbox.put(Task(number))
    inbox.join()
