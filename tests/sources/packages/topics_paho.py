# Holder: the topic tree of an MQTT client.
import itertools

import paho.mqtt.client as mqtt

client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2)
numbers = itertools.count()


class Device:
    def __init__(self, number):
        self.state = [number] * 20
        client.message_callback_add("devices/%d/state" % number, self.on_state)  #< call

    def on_state(self, client, userdata, message):
        self.state.append(message)


def work(count):
    for _ in range(count // 10):
        Device(next(numbers))
