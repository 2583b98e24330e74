# Holder: the tree of topics: one is made for each job that reports.
import itertools

from pubsub import pub

numbers = itertools.count()
done = set()


def on_any(topic=pub.AUTO_TOPIC, **data):
    if topic.getName().endswith("9"):
        done.add(topic.getName()[-1])


class Job:
    def __init__(self, number):
        self.name = "jobs.job%d" % number
        self.size = number

    def run(self):
        pub.sendMessage(self.name, size=self.size)  #< call


pub.subscribe(on_any, pub.ALL_TOPICS)


def work(count):
    for number in itertools.islice(numbers, count // 5):
        Job(number).run()
