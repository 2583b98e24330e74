# Healthy: much is made and nothing is kept.
class Request:
    def __init__(self, number):
        self.data = [number] * 50
        self.owner = self


def handle(number):
    request = Request(number)
    return len(request.data)


def work(count):
    for number in range(count):
        handle(number)
