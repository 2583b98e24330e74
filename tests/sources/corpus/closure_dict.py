# Holder: the variable seen of the function that filter_new made.
def filter_new():
    seen = {}

    def is_new(item):  #< also
        if item["id"] in seen:
            return False
        seen[item["id"]] = item  #< store
        return True

    return is_new


is_new = filter_new()
position = [0]


def work(count):
    for number in range(position[0], position[0] + count):
        is_new({"id": number, "text": "item %d" % number})
    position[0] += count
