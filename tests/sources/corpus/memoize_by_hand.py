# Holder: the variable memory of a decorator written by hand.
def remember(function):
    memory = {}

    def wrapper(*arguments):  #< also
        if arguments not in memory:
            memory[arguments] = function(*arguments)  #< store
        return memory[arguments]

    return wrapper


@remember
def describe(number):
    return {"number": number, "text": "number %d" % number}


position = [0]


def work(count):
    for number in range(position[0], position[0] + count):
        describe(number)  #< also
    position[0] += count
