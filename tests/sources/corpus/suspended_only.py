# Holder: nothing of the program's own: coroutines wait for an event and only the event holds them.
import asyncio


async def wait_for(event, number):
    payload = {"number": number, "body": ["part"] * 20}
    await event.wait()  #< store
    return payload


loop = asyncio.new_event_loop()
event = asyncio.Event()


def work(count):
    async def run():
        for number in range(count):
            asyncio.ensure_future(wait_for(event, number))  #< also
        await asyncio.sleep(0)

    loop.run_until_complete(run())
