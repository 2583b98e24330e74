# Holder: the watchers of a param parameter; the store goes through getattr(list, action).
import param


class Settings(param.Parameterized):
    level = param.Integer(0)


settings = Settings()


class View:
    def __init__(self, number):
        self.rows = [number] * 20
        settings.param.watch(self.changed, "level")  #< call

    def changed(self, event):
        self.rows.append(event)


def work(count):
    for number in range(count // 10):
        View(number)
