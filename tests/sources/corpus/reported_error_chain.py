# After a retry helper: each failure is raised from the last one, so that the chain of causes grows.
# Holder: Retry.last_error.
class Failed(Exception):
    pass


class Retry:
    def __init__(self):
        self.last_error = None

    def attempt(self, number):
        context = {"number": number, "values": [number] * 20}
        raise Failed("attempt %d" % context["number"]) from self.last_error

    def run(self, number):
        try:
            self.attempt(number)
        except Failed as error:
            self.last_error = error  #< store


retry = Retry()


def work(count):
    for number in range(count // 5):
        retry.run(number)
