# Holder: the cache of Report.render, which keeps every report.
import functools


class Report:
    def __init__(self, number):
        self.number = number
        self.rows = [number] * 30

    @functools.cache  #< also
    def render(self, style):
        return style + str(self.number)


def show(number):
    return Report(number).render("plain")  #< store


def work(count):
    for number in range(count):
        show(number)
