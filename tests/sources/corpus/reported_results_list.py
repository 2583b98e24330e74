# After a background-task library: the futures of all tasks ever run stay in a list of the module.
# Holder: results.
import concurrent.futures
import functools

results = []
callbacks = []
pool = concurrent.futures.ThreadPoolExecutor(max_workers=2)


def run(function, *arguments, **keywords):
    pool._max_workers = 2
    future = pool.submit(function, *arguments, **keywords)
    results.append(future)  #< store
    return future


def task(function):
    @functools.wraps(function)
    def do_task(*arguments, **keywords):
        result = run(function, *arguments, **keywords)
        for callback in callbacks:
            result.add_done_callback(callback)
        return result

    return do_task


@task
def resize(number):
    return ["pixel"] * (number % 10 + 10)


def work(count):
    for number in range(count):
        resize(number)
    concurrent.futures.wait(results[-1:])
