# After a task runner: output is captured in one StringIO for ever, an object of C.
# Holder: Runner.captured.
import io


class Runner:
    def __init__(self):
        self.captured = io.StringIO()
        self.captured.write("runner\n")

    def run(self, number):
        self.captured.write("task %d: finished without errors and with a long line of output\n" % number * 8)  #< store
        return number


runner = Runner()


def work(count):
    for number in range(count):
        runner.run(number)
