# Holder: Transcript.text, one string made longer.
class Transcript:
    def __init__(self):
        self.text = ""
        self.lines = 0

    def say(self, who, what):
        self.lines += 1
        self.text = self.text + who + ": " + what + "\n"  #< store


transcript = Transcript()


def work(count):
    for number in range(count):
        transcript.say("ada", "line %d with some words behind it, so that it is long enough" % number * 4)
