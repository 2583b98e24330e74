# Holder: the exit stack of a click context that stays open for the program's life.
import click

context = click.Context(click.Command("serve"))


class Lease:
    def __init__(self, number):
        self.pages = [number] * 20

    def close(self):
        self.pages.clear()


def take(number):
    lease = Lease(number)
    context.call_on_close(lease.close)  #< call
    return lease


def work(count):
    for number in range(count // 4):
        take(number)
