# Holder: the tasks of a rich progress display.
from rich.progress import Progress

progress = Progress(disable=True)


def download(number):
    task = progress.add_task("file %d" % number, total=10)  #< call
    progress.update(task, completed=10)


def work(count):
    for number in range(count // 10):
        download(number)
