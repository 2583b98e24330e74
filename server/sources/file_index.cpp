#include "server/sources/file_index.h"

namespace whyalive::sources {

std::string Path::text() const {
  std::string out(base);
  for (const Access& access : accesses) {
    switch (access.kind) {
      case AccessKind::Attribute:
        out += '.';
        out += access.name;
        break;
      case AccessKind::Item: out += "[]"; break;
      case AccessKind::Call: out += "()"; break;
    }
  }
  return out;
}

const ClassFact* FileIndex::classNamed(std::string_view qualname) const {
  for (const ClassFact& one : classes) {
    if (one.qualname == qualname) return &one;
  }
  return nullptr;
}

std::vector<int> FileIndex::functionsNamed(std::string_view qualname) const {
  std::vector<int> found;
  for (std::size_t i = 0; i < functions.size(); ++i) {
    if (functions[i].qualname == qualname) found.push_back(static_cast<int>(i));
  }
  return found;
}

}  // namespace whyalive::sources
