# After a template engine: every include pushes a scope that is never popped.
# Holder: Context.scope, a ChainMap of ever more maps.
import collections


class Context:
    def __init__(self):
        self.scope = collections.ChainMap({"site": "example"})

    def include(self, variables):
        self.scope = self.scope.new_child(variables)  #< store


context = Context()


def work(count):
    for number in range(count // 10):
        context.include({"number": number, "title": "page %d" % number})
