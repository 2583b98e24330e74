# Holder: the queue of Worker.inbox, which nobody reads.
import queue


class Message:
    def __init__(self, number):
        self.body = {"number": number, "text": "message %d" % number}


class Worker:
    def __init__(self):
        self.inbox = queue.Queue()
        self.control = queue.Queue()

    def post(self, number):
        self.inbox.put(Message(number))  #< store


worker = Worker()


def work(count):
    for number in range(count):
        worker.post(number)
