# After undo stacks: a subclass of list with a method of its own that appends to itself.
# Holder: Editor.undo.
class UndoStack(list):
    def push(self, command):
        self.append(command)  #< store


class Command:
    def __init__(self, number):
        self.before = "text before %d" % number
        self.after = "text after %d" % number


class Editor:
    def __init__(self):
        self.undo = UndoStack()
        self.redo = UndoStack()

    def type_text(self, number):
        self.undo.push(Command(number))  #< also
        self.redo.clear()


editor = Editor()


def work(count):
    for number in range(count):
        editor.type_text(number)
