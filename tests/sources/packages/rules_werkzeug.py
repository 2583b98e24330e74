# Holder: a routing map that gets a rule for each article.
import itertools

from werkzeug.routing import Map, Rule

routes = Map()
numbers = itertools.count()


def publish(number):
    routes.add(Rule("/articles/%d" % number, endpoint="article-%d" % number))  #< call


def work(count):
    for _ in range(count // 10):
        publish(next(numbers))
