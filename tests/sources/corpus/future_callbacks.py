# Holder: the callbacks of one future that is never done.
import asyncio

loop = asyncio.new_event_loop()
done = loop.create_future()


class Observer:
    def __init__(self, number):
        self.data = [number] * 40

    def notify(self, future):
        return future


def watch(number):
    done.add_done_callback(Observer(number).notify)  #< store


def work(count):
    for number in range(count):
        watch(number)
