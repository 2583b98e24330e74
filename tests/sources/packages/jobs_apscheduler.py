# Holder: the jobs of a scheduler that is not started yet.
import datetime

from apscheduler.schedulers.background import BackgroundScheduler

scheduler = BackgroundScheduler()
LATER = datetime.datetime(2100, 1, 1)


class Report:
    def __init__(self, number):
        self.rows = [number] * 20

    def send(self):
        return self.rows


def work(count):
    for number in range(count // 30):
        scheduler.add_job(Report(number).send, "date", run_date=LATER)  #< call
