# Holder: the event queue of a simulation.
import simpy

environment = simpy.Environment()


class Car:
    def __init__(self, number):
        self.route = [number] * 20

    def drive(self, environment):
        yield environment.timeout(1e6)
        self.route.clear()


def work(count):
    for number in range(count // 10):
        environment.process(Car(number).drive(environment))
