# Holder: the rooms of a socket.io manager: joined, never left.
import itertools

import socketio

server = socketio.Server(async_mode="threading")
numbers = itertools.count()


def joined(number):
    sid = server.manager.connect("connection-%d" % number, "/")
    server.manager.enter_room(sid, "/", "lobby-%d" % number)  #< call


def work(count):
    for _ in range(count // 10):
        joined(next(numbers))
