# After a network node: finished requests are popped, the tasks that time them out are not.
# Holder: WSConnection.pending_timeouts.
import asyncio
import itertools


class WSConnection:
    def __init__(self):
        self.pending_requests = {}
        self.pending_timeouts = {}

    async def send_request(self, number):
        event = asyncio.Event()
        self.pending_requests[number] = event

        async def time_out(request, timeout):
            await asyncio.sleep(timeout)
            if request in self.pending_requests:
                self.pending_requests[request].set()

        timeout_task = asyncio.create_task(time_out(number, 0))
        self.pending_timeouts[number] = timeout_task  #< store
        event.set()
        await event.wait()
        self.pending_requests.pop(number)


connection = WSConnection()
loop = asyncio.new_event_loop()
numbers = itertools.count()


async def serve(count):
    for _ in range(count):
        await connection.send_request(next(numbers))
    await asyncio.sleep(0.02)


def work(count):
    loop.run_until_complete(serve(count))
