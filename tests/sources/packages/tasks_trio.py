# Holder: the children of a trio nursery, each waiting for an event that never comes.
import trio


class Session:
    def __init__(self, number):
        self.inbox = [number] * 20

    async def serve(self, stop):
        await stop.wait()
        self.inbox.clear()


def main(pause):
    async def body():
        stop = trio.Event()
        async with trio.open_nursery() as nursery:
            for count in (300, 150):
                for number in range(count):
                    nursery.start_soon(Session(number).serve, stop)  #< call
                await trio.sleep(0)
                await trio.sleep(0)
                pause()
            stop.set()

    trio.run(body)
