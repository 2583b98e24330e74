# Holder: the default value of collect's parameter into.
class Reading:
    def __init__(self, number):
        self.values = {"number": number, "half": number / 2}


def collect(reading, into=[]):
    into.append(reading)  #< store
    return into


def work(count):
    for number in range(count):
        collect(Reading(number))
