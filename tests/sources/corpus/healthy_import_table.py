# Healthy: a large table made at import time.
WORDS = {"word %d" % number: ["word", number, number * 2] for number in range(8000)}


def look_up(number):
    return WORDS.get("word %d" % number)


def work(count):
    for number in range(count):
        look_up(number)
