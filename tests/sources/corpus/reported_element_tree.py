# After a report writer: one XML tree, an element for each event; elements are objects of C.
# Holder: Report.root.
import xml.etree.ElementTree as ET


class Report:
    def __init__(self):
        self.root = ET.Element("report")

    def add(self, number):
        event = ET.SubElement(self.root, "event", {"number": str(number)})  #< store
        event.text = "event number %d" % number


report = Report()


def work(count):
    for number in range(count):
        report.add(number)
