# Holder: Flask.before_request_funcs; a view registers its hook on each call.
from flask import Flask

app = Flask("shop")


class Timer:
    def __init__(self, number):
        self.marks = [number] * 20

    def start(self):
        self.marks.append(0)


def view(number):
    timer = Timer(number)
    app.before_request_funcs.setdefault("shop", []).append(timer.start)  #< store


def work(count):
    for number in range(count // 4):
        view(number)
