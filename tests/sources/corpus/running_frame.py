# Holder: the local batch of a function that still runs.
class Record:
    def __init__(self, number):
        self.fields = {"number": number, "text": "record %d" % number}


def main(pause):
    batch = []
    for round_ in range(2):
        for number in range(3000):
            batch.append(Record(number))  #< store
        pause()
