# After a plugin loader: each load puts the plugin's folder in front of sys.path once more.
# Holder: sys.path.
import itertools
import sys

numbers = itertools.count()


def load_plugin(name):
    folder = "/opt/plugins/%s/%08d/site-packages/with/a/long/name" % (name, next(numbers))
    sys.path.insert(0, folder)  #< store
    return folder


def work(count):
    for _ in range(count):
        load_plugin("weather")
