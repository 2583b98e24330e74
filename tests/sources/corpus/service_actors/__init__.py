# Holder: System.dead, letters to actors that have stopped; a deque subclass, filled behind a property.
import asyncio
import itertools

from . import system, workers

loop = asyncio.new_event_loop()
numbers = itertools.count()


async def run(count):
    async with asyncio.TaskGroup() as group:
        for number in itertools.islice(numbers, count):
            group.create_task(workers.job(number))


def work(count):
    for _ in range(3):
        loop.run_until_complete(run(count // 6))
    loop.run_until_complete(system.current().settle())
