# After a logging helper: the list's name is put together at run time.
# Holder: Audit._warning_records.
class Audit:
    LEVELS = ("info", "warning", "error")

    def __init__(self):
        for level in self.LEVELS:
            setattr(self, "_%s_records" % level, [])
        self.names = []

    def add(self, level, text):
        record = {"level": level, "text": text}
        getattr(self, "_%s_records" % level).append(record)  #< store
        self.names = [level]


audit = Audit()


def work(count):
    for number in range(count):
        audit.add("warning", "disk %d is slow" % number)
