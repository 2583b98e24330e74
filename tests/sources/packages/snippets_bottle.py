# After bottle #1274: templates given as text are cached by their text, which carries the user's data.
# Holder: bottle.TEMPLATES.
import itertools

import bottle

numbers = itertools.count()


def page(number):
    return bottle.template("<p>\nHello user %d of {{where}}</p>" % number, where="here")  #< call


def work(count):
    for _ in range(count // 20):
        page(next(numbers))
