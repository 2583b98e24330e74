# After recorders written as a decorator: calls are kept in an attribute of the wrapping function.
# Holder: wrapper.calls.
import functools


def traced(function):
    @functools.wraps(function)
    def wrapper(*arguments):
        result = function(*arguments)
        wrapper.calls.append((arguments, result))  #< store
        return result

    wrapper.calls = []
    return wrapper


@traced
def parse(text):
    return text.split()


def work(count):
    for number in range(count):
        parse("word number %d" % number)  #< also
