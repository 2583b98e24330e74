# Holder: the jobs of the schedule module's scheduler.
import schedule


class Report:
    def __init__(self, number):
        self.rows = [number] * 20

    def send(self):
        return self.rows


def work(count):
    for number in range(count // 10):
        schedule.every(10).hours.do(Report(number).send)  #< call
