# Holder: the results of tasks, in memory; nobody asks for them.
from huey import MemoryHuey

huey = MemoryHuey("thumbnails", immediate=True)


@huey.task()
def resize(name, width):
    return {"name": name, "size": (width, width // 2)}


def upload(number):
    resize("picture-%d" % number, number % 640)  #< call


def work(count):
    for number in range(count // 4):
        upload(number)
