# Holder: Group.members, filled from another class.
class Group:
    def __init__(self, name):
        self.name = name
        self.members = []


class Other:
    def __init__(self):
        self.members = []

    def add(self, one):
        self.members.append(one)


class Person:
    def __init__(self, number, group):
        self.number = number
        self.address = {"street": "street %d" % number}
        self.group = group

    def join(self):
        self.group.members.append(self)  #< store


everyone = Group("everyone")


def work(count):
    for number in range(count):
        Person(number, everyone).join()
