# Documents that define a role: roles are registered for the whole process, not for the document.
# Holder: docutils.parsers.rst.roles._roles.
import itertools

import docutils.core

numbers = itertools.count()
PAGE = """
.. role:: user%d

Page of :user%d:`somebody`.
"""


def render(number):
    return docutils.core.publish_string(PAGE % (number, number), writer_name="null")


def work(count):
    for _ in range(count // 15):
        render(next(numbers))
