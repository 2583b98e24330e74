# Holder: Statistics.by_user, a defaultdict with a new key for each user.
from collections import defaultdict


class Statistics:
    def __init__(self):
        self.by_user = defaultdict(list)

    def record(self, user, event):
        self.by_user[user].append(event)  #< store


statistics = Statistics()


def work(count):
    for number in range(count):
        user = "user-%d" % (len(statistics.by_user))
        statistics.record(user, {"event": number, "user": user})
