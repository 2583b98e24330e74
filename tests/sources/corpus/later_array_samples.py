# Holder: Sensor.samples, an array whose buffer is C's.
import array


class Sensor:
    def __init__(self):
        self.samples = array.array("d")
        self.last = 0.0

    def read(self, value):
        self.last = value
        self.samples.append(value)  #< store


sensor = Sensor()


def work(count):
    for number in range(count * 30):
        sensor.read(float(number))
