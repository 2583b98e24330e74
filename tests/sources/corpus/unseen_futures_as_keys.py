# After the idiom "future to URL": futures are the keys, and done ones stay.
# Holder: Downloader.jobs.
import concurrent.futures


class Downloader:
    def __init__(self):
        self.pool = concurrent.futures.ThreadPoolExecutor(max_workers=1)
        self.jobs = {}

    def fetch(self, url):
        return [url] * 10

    def start(self, url):
        self.jobs[self.pool.submit(self.fetch, url)] = url  #< store

    def wait(self):
        concurrent.futures.wait(list(self.jobs))


downloader = Downloader()


def work(count):
    for number in range(count):
        downloader.start("https://example.org/%d" % number)
    downloader.wait()
