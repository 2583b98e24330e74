# After an MQTT client: the list's own append is the callback, so no statement appends.
# Holder: Monitor.messages.
class Broker:
    def __init__(self):
        self.callbacks = {}

    def subscribe(self, topic, callback):
        self.callbacks[topic] = callback

    def publish(self, topic, message):
        self.callbacks[topic](message)


class Monitor:
    def __init__(self, broker):
        self.messages = []
        broker.subscribe("sensors", self.messages.append)  #< store


broker = Broker()
monitor = Monitor(broker)


def work(count):
    for number in range(count):
        broker.publish("sensors", {"number": number, "values": [number] * 5})
