# Holder: bindings of classes that are made anew for each tenant.
import itertools

from injector import Injector


class Repository:
    def __init__(self):
        self.rows = {}


class Container:
    def __init__(self):
        self.injector = Injector()

    def repository(self, tenant):
        made = type("Repository%d" % tenant, (Repository,), {"tenant": tenant})
        return self.injector.get(made)  #< call


container = Container()
numbers = itertools.count()


def work(count):
    for number in itertools.islice(numbers, count // 10):
        container.repository(number).rows["first"] = number
