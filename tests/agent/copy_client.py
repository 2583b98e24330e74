"""Talks to a kept twin as the server does (protocol/agent/twin_messages.h): fixed-size messages over its
own socket, and a stream of frames for each evaluation.
"""
import array
import json
import os
import select
import socket
import struct
import threading

REQUEST = struct.Struct("=IIQIIQ")
EVENT = struct.Struct("=IIQIiIIiiQQQII")
EVALUATE, INTERRUPT, KILL, ALLOW, STATUS, END = 1, 2, 3, 4, 5, 6
WELCOME, ENDED, RESTORED, REFUSED, STATUS_EVENT, GOODBYE = 1, 2, 3, 4, 5, 6
REASONS = ["none", "asked", "idle", "no clients", "memory", "target"]
HOWS = ["exited", "signal", "time limit", "killed"]


class Event:
    def __init__(self, data):
        (self.protocol, self.kind, self.evaluation, how, self.code, reason, self.guard, self.pid,
         self.target, self.own_bytes, self.snapshot_bytes, self.age_ms, self.idle_seconds,
         self.malloc_held) = EVENT.unpack(data)
        self.how, self.reason = HOWS[how], REASONS[reason]


class Evaluation:
    """One process of the copy's: a stream for requests and answers, and what it prints."""

    def __init__(self, copy, number, stream, output):
        self.copy, self.number, self.stream, self.output_fd = copy, number, stream, output
        self.printed = b""
        self.answers = {}  # of questions to the heap
        self.reader = threading.Thread(target=self._drain, daemon=True)
        self.reader.start()

    def _drain(self):
        while True:
            data = os.read(self.output_fd, 65536)
            if not data:
                return
            self.printed += data

    @property
    def output(self):
        return self.printed.decode(errors="replace")

    def send(self, message):
        body = json.dumps(message).encode()
        self.stream.sendall(struct.pack("=IB", len(body), ord("J")) + body)

    def _exactly(self, count):
        data = b""
        while len(data) < count:
            more = self.stream.recv(count - len(data))
            if not more:
                raise EOFError("the evaluation's process is gone")
            data += more
        return data

    def receive(self):
        length, kind = struct.unpack("=IB", self._exactly(5))
        return json.loads(self._exactly(length))

    def ask(self, **request):
        """Sends a request; answers the heap's questions from self.answers; returns the reply."""
        self.send(request)
        return self.wait()

    def wait(self):
        while True:
            message = self.receive()
            if "ask" not in message:
                return message.get("reply", message)
            answer = self.answers[message["ask"]](message)
            if isinstance(answer, array.array):
                body = answer.tobytes()
                self.stream.sendall(struct.pack("=IB", len(body), ord("A")) + body)
            else:
                self.send(answer)

    def close(self):
        self.stream.close()
        self.reader.join(60)
        os.close(self.output_fd)


class Copy:
    def __init__(self, path, timeout=120):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.socket.settimeout(timeout)
        self.socket.connect(path)
        self.last, self.open = 0, []
        self.memory = None
        self.welcome = self.event()

    def event(self):
        data, control, _, _ = self.socket.recvmsg(EVENT.size, socket.CMSG_SPACE(4))
        if not data:
            raise EOFError("the copy is gone")
        for level, kind, payload in control:
            if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
                self.memory = array.array("i", payload)[0]
        return Event(data)

    def has_event(self, seconds):
        return bool(select.select([self.socket], [], [], seconds)[0])

    def request(self, kind, evaluation=0, milliseconds=0, memory=0, descriptors=()):
        data = REQUEST.pack(1, kind, evaluation, milliseconds, 0, memory)
        control = []
        if descriptors:
            control = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", descriptors))]
        self.socket.sendmsg([data], control)

    def start(self, milliseconds=60000, memory=256 << 20):
        ours, theirs = socket.socketpair()
        ours.settimeout(120)
        read, write = os.pipe()
        self.last += 1
        self.request(EVALUATE, self.last, milliseconds, memory, [theirs.fileno(), write])
        theirs.close()
        os.close(write)
        evaluation = Evaluation(self, self.last, ours, read)
        self.open.append(evaluation)
        return evaluation

    def value(self, op="expression", milliseconds=60000, memory=256 << 20, answers=None,
              soft=0, **request):
        """One evaluation in a process of its own: (reply or None, what it printed, Event or None)."""
        evaluation = self.start(milliseconds, memory)
        evaluation.answers = answers or {}
        wanted = dict({"op": op, "source": "", "textLimit": 10000, "offset": 0, "limit": 100,
                       "milliseconds": soft}, **request)
        try:
            reply = evaluation.ask(**wanted)
        except (EOFError, ConnectionError):
            reply = None
        evaluation.close()
        self.open.remove(evaluation)
        ended = self.event()
        assert ended.kind == ENDED and ended.evaluation == evaluation.number, vars(ended)
        return reply, evaluation.output, ended

    def status(self):
        self.request(STATUS)
        while True:
            event = self.event()
            if event.kind == STATUS_EVENT:
                return event

    def close(self):
        for evaluation in self.open:
            evaluation.close()
        self.open = []
        self.socket.close()
        if self.memory is not None:
            os.close(self.memory)
            self.memory = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def keep(client, **limits):
    """Takes a snapshot whose copy stays: (Snapshot, result of agent/snapshot)."""
    snapshot = client.snapshot(keep=limits)
    return snapshot, snapshot.result
