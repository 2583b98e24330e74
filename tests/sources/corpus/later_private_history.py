# Holder: Setting.__history, mangled, filled by a property's setter.
class Setting:
    def __init__(self, name):
        self.name = name
        self.__value = None
        self.__history = []

    @property
    def value(self):
        return self.__value

    @value.setter
    def value(self, value):
        self.__history.append((self.__value, value))  #< store
        self.__value = value


setting = Setting("volume")


def work(count):
    for number in range(count):
        setting.value = {"number": number, "by": "ada"}
