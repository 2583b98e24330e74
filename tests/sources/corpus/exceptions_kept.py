# Holder: Client.failures, a list of exceptions whose tracebacks keep whole frames.
class Client:
    def __init__(self):
        self.failures = []

    def call(self, number):
        try:
            self.attempt(number)
        except ValueError as problem:
            self.failures.append(problem)  #< store

    def attempt(self, number):
        request = {"number": number, "body": ["part"] * 20}
        raise ValueError("no answer to %r" % request["number"])


client = Client()


def work(count):
    for number in range(count):
        client.call(number)
