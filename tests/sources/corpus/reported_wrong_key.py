# After a task queue's worker: entries are taken out under another key than they were put in.
# Holder: Worker._tasks_by_key.
import asyncio
import itertools


class Worker:
    def __init__(self):
        self._tasks_by_key = {}

    def start(self, loop, key):
        task = loop.create_task(self._execute(key), name="docket - task:" + key)
        self._tasks_by_key[key] = task  #< store
        task.add_done_callback(self._finished)

    async def _execute(self, key):
        await asyncio.sleep(0)
        return [key] * 10

    def _finished(self, task):
        self._tasks_by_key.pop(task.get_name(), None)


worker = Worker()
loop = asyncio.new_event_loop()
numbers = itertools.count()


def work(count):
    for _ in range(count):
        worker.start(loop, "job-%d" % next(numbers))
    loop.run_until_complete(asyncio.sleep(0.01))
