# Holder: State.entries, replaced by a longer dict each time.
class State:
    def __init__(self):
        self.entries = {}

    def reduce(self, action):
        if action["type"] == "add":
            self.entries = {**self.entries, action["key"]: action["payload"]}  #< store
        elif action["type"] == "clear":
            self.entries = {}


state = State()
numbers = iter(range(10 ** 9))


def work(count):
    for _ in range(count // 5):
        number = next(numbers)
        state.reduce({"type": "add", "key": number, "payload": ["value"] * 20})
