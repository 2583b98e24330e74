# After a web socket server: each client's handler adds itself to a set and waits for ever.
# Holder: CLIENTS.
import asyncio

CLIENTS = set()
loop = asyncio.new_event_loop()


class Client:
    def __init__(self, number):
        self.number = number
        self.outgoing = ["hello"] * 20
        self.closed = asyncio.Event()


async def handler(client):
    global CLIENTS
    CLIENTS |= {client}  #< store
    await client.closed.wait()  #< also
    CLIENTS.remove(client)


async def accept(count):
    for number in range(count):
        asyncio.ensure_future(handler(Client(number)))
    await asyncio.sleep(0.01)


def work(count):
    loop.run_until_complete(accept(count))
