# Holder: LAST, rebound to a list that holds the one before: a chain.
LAST = None


def remember(value):
    global LAST
    LAST = [value, LAST]  #< store


def work(count):
    for number in range(count // 3):
        remember({"number": number})
