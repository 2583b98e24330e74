# After a home-automation hub: per-entry data below a domain; reloading an entry adds listeners.
# Holder: Hub.data[...]['listeners'].
DOMAIN = "thermostat"


class Hub:
    def __init__(self):
        self.data = {}
        self.states = {}


class Listener:
    def __init__(self, entry, callback):
        self.entry = entry
        self.callback = callback
        self.cache = ["21.5"] * 10


def setup(hub, entry):
    domain = hub.data.setdefault(DOMAIN, {})
    stored = domain.setdefault(entry, {"listeners": [], "name": entry})
    hub.states[entry] = "on"

    def changed(event):
        stored["name"] = event

    stored["listeners"].append(Listener(entry, changed))  #< store


hub = Hub()


def work(count):
    for _ in range(count):
        setup(hub, "living room")
