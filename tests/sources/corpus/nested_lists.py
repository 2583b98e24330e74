# Holder: the lists below Bus.topics, few of them and long.
class Message:
    def __init__(self, number):
        self.payload = {"number": number, "text": "message %d" % number}


class Bus:
    def __init__(self):
        self.topics = {"audit": [], "metrics": []}

    def publish(self, topic, number):
        self.topics[topic].append(Message(number))  #< store


bus = Bus()


def work(count):
    for number in range(count):
        bus.publish("audit", number)
