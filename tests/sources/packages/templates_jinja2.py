# Holder: the template cache of an environment with no bound; names carry the user.
import itertools

from jinja2 import Environment, FunctionLoader

numbers = itertools.count()
environment = Environment(loader=FunctionLoader(lambda name: "Hello " + name), cache_size=-1)


def page(user):
    return environment.get_template("greeting-%d" % user).render()  #< call


def work(count):
    for _ in range(count // 30):
        page(next(numbers))
