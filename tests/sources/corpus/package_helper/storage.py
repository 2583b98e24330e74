def _really(target, value):
    target.append(value)  #< also


def keep(target, value):
    if value:
        _really(target, value)
