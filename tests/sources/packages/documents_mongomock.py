# Holder: a collection of a database in memory that tests of a service share.
import itertools

import mongomock


class AuditLog:
    def __init__(self, client):
        self.entries = client["service"]["audit"]

    def note(self, number, action):
        self.entries.insert_one({"number": number, "action": action, "tags": ["a", "b"]})  #< call


log = AuditLog(mongomock.MongoClient())
numbers = itertools.count()


def work(count):
    for number in itertools.islice(numbers, count // 5):
        log.note(number, "login")
