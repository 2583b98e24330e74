# Holder: Server.on_close, a list of closures that each keep a request.
class Request:
    def __init__(self, number):
        self.body = ["part"] * 30
        self.number = number


class Server:
    def __init__(self):
        self.on_close = []

    def handle(self, request):
        def close():  #< also
            return request.number

        self.on_close.append(close)  #< store


server = Server()


def work(count):
    for number in range(count):
        server.handle(Request(number))
