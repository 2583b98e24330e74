class Client:
    def __init__(self, host):
        self.host = host
        self.sent = 0
        self.last = None

    def send(self, message):
        self.sent += 1
        self.last = message
        return {"ok": True, "host": self.host}

    def close(self):
        self.last = None
