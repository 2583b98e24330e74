# Holders: Leases.__by_key, where the lease of a connection that is replaced stays, and the finalizers: each
# lend adds one to a connection that lives on.
from . import work_items


def work(count):
    for number in range(count // 2):
        work_items.run(number)
