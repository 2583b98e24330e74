# Holder: the namespace of one Settings, filled through __dict__.
class Settings:
    def load(self, pairs):
        self.__dict__.update(pairs)  #< store


settings = Settings()


def work(count):
    start = len(vars(settings))
    for number in range(start, start + count):
        settings.load({"key_%d" % number: ["value", number, "of the settings"] * 4})
