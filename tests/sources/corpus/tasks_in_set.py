# Holder: Service.background, a set of tasks that wait for an event that never comes.
import asyncio


class Service:
    def __init__(self):
        self.background = set()
        self.stop = asyncio.Event()

    async def serve(self, number):
        request = {"number": number, "body": ["part"] * 20}
        await self.stop.wait()  #< also
        return request

    def start(self, number):
        task = loop.create_task(self.serve(number))
        self.background.add(task)  #< store


loop = asyncio.new_event_loop()
service = Service()


def work(count):
    async def run():
        for number in range(count):
            service.start(number)
        await asyncio.sleep(0)

    loop.run_until_complete(run())
