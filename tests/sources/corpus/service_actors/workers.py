import asyncio

from .system import current


async def job(number):
    system = current()
    name = "worker-%d" % number
    actor = system.start(name)
    task = asyncio.ensure_future(actor.run())
    system.send(name, {"step": 1, "number": number})
    system.stop(name)
    await task
    system.send(name, {"step": 2, "number": number})
    return actor.handled
