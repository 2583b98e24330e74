# After a honeypot's output plugin: per-session state is read when the session closes, never removed.
# Holder: Output.session_state.
import itertools


class Output:
    def __init__(self):
        self.session_state = {}
        self.batch = []

    def write(self, event):
        session = event["session"]
        if event["eventid"] == "connect":
            self._state(session)["address"] = event["address"]
        elif event["eventid"] == "command":
            self._state(session)["commands"].append(event["input"])
        elif event["eventid"] == "closed":
            state = self.session_state.get(session)
            if state:
                self.batch.append(len(state["commands"]))
                if len(self.batch) > 50:
                    self.batch.clear()

    def _state(self, session):
        if session not in self.session_state:
            self.session_state[session] = {"address": None, "commands": []}  #< store
        return self.session_state[session]


output = Output()
numbers = itertools.count()


def work(count):
    for _ in range(count):
        session = "%012x" % next(numbers)
        output.write({"eventid": "connect", "session": session, "address": "10.0.0.1"})
        output.write({"eventid": "command", "session": session, "input": "uname -a"})
        output.write({"eventid": "closed", "session": session})
