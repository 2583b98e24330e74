# One Markdown for all pages that is never reset: references to pages are remembered from page to page.
# Holder: Markdown.references.
import itertools

import markdown

numbers = itertools.count()
renderer = markdown.Markdown()


def render(number):
    return renderer.convert("[page %d]: http://example.org/page/%d 'Page number %d'" % ((number,) * 3))  #< call


def work(count):
    for _ in range(count):
        render(next(numbers))
