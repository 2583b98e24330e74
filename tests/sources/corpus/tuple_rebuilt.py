# Holder: Path.steps, a tuple made anew with one more element each time.
class Step:
    def __init__(self, number):
        self.detail = {"number": number, "text": "step %d" % number}


class Path:
    def __init__(self):
        self.steps = ()

    def walk(self, number):
        self.steps = self.steps + (Step(number),)  #< store


path = Path()


def work(count):
    for number in range(count // 2):
        path.walk(number)
