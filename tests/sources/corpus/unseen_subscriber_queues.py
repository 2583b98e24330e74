# After a web socket hub: a client that is gone stays subscribed, and its queue fills.
# Holder: the deque of one subscriber's asyncio.Queue.
import asyncio


class Message:
    def __init__(self, number):
        self.payload = {"number": number, "values": [number] * 5}


class PubSub:
    def __init__(self):
        self.subscribers = set()

    def subscribe(self):
        queue = asyncio.Queue()
        self.subscribers.add(queue)
        return queue

    async def publish(self, message):
        for queue in self.subscribers:
            queue.put_nowait(message)  #< store


hub = PubSub()
hub.subscribe()
loop = asyncio.new_event_loop()


async def produce(count):
    for number in range(count):
        await hub.publish(Message(number))


def work(count):
    loop.run_until_complete(produce(count))
