# Holder: Inbox.items; three other classes have an attribute of the same name.
class Basket:
    def __init__(self):
        self.items = []

    def add(self, one):
        self.items.append(one)


class Menu:
    def __init__(self):
        self.items = {}

    def add(self, name, one):
        self.items[name] = one


class Mail:
    def __init__(self, number):
        self.lines = ["line %d" % number] * 8
        self.number = number


class Inbox:
    def __init__(self):
        self.items = []
        self.flags = {}

    def receive(self, number):
        mail = Mail(number)
        self.flags[number % 7] = True
        self.items.append(mail)  #< store


inbox, basket, menu = Inbox(), Basket(), Menu()


def work(count):
    basket.add("pear")
    menu.add("soup", 3)
    for number in range(count):
        inbox.receive(number)
