# Holder: the receivers of peewee's signals.
from playhouse.signals import pre_save


class Auditor:
    def __init__(self, number):
        self.rows = [number] * 20
        pre_save.connect(self.before, name="audit-%d" % id(self))  #< call

    def before(self, sender, instance, created):
        self.rows.append(instance)


def work(count):
    for number in range(count // 10):
        Auditor(number)
