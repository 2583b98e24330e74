# After a crawler: jobs are submitted faster than the one worker takes them; they wait in a queue of C.
# Holder: the executor's SimpleQueue.
import concurrent.futures
import threading


class Page:
    def __init__(self, number):
        self.links = ["/page/%d" % number] * 10


class Crawler:
    def __init__(self):
        self.pool = concurrent.futures.ThreadPoolExecutor(max_workers=1)
        self.go_on = threading.Event()
        self.pool.submit(self.go_on.wait)

    def fetch(self, page):
        return len(page.links)

    def schedule(self, page):
        self.pool.submit(self.fetch, page)  #< store


crawler = Crawler()


def work(count):
    for number in range(count):
        crawler.schedule(Page(number))
