#include "agent/walk/sizes.h"

namespace whyalive::agent {
namespace {

std::uint64_t itemCount(PyObject* o) {
  const Py_ssize_t n = Py_SIZE(o);
  return static_cast<std::uint64_t>(n < 0 ? -n : n);
}

std::uint64_t orderedDictBytes(PyObject* o) {
  auto* dict = reinterpret_cast<WaOrderedDict*>(o);
  std::uint64_t bytes = static_cast<std::uint64_t>(dict->fastNodesSize) * sizeof(void*);
  for (const WaOrderedNode* node = dict->first; node; node = node->next) bytes += sizeof *node;
  return bytes;
}

std::uint64_t dequeBytes(PyObject* o) {
  auto* deque = reinterpret_cast<WaDeque*>(o);
  const std::uint64_t blocks =
      (static_cast<std::uint64_t>(deque->leftIndex) + itemCount(o) + 64 - 1) / 64;
  return blocks * sizeof(WaDequeBlock);
}

std::uint64_t typeMembers(PyObject* type) {
  return itemCount(type) * static_cast<std::uint64_t>(Py_TYPE(type)->tp_itemsize);
}

}  // namespace

std::uint64_t sizeByRule(PyObject* o, const TypePlan& plan) {
  const std::uint64_t basic = plan.basicBytes;
  const std::uint64_t header = basic - static_cast<std::uint64_t>(plan.type->tp_basicsize);
  switch (plan.sizeRule) {
    case SizeRule::Fixed: return plan.itemBytes ? basic + plan.itemBytes * itemCount(o) : basic;
    case SizeRule::Dict: return compat::dictBytes(reinterpret_cast<PyDictObject*>(o), basic);
    case SizeRule::OrderedDict:
      return compat::dictBytes(reinterpret_cast<PyDictObject*>(o), basic) + orderedDictBytes(o);
    case SizeRule::List:
      return basic + static_cast<std::uint64_t>(reinterpret_cast<PyListObject*>(o)->allocated) *
                         sizeof(void*);
    case SizeRule::Text: return header + compat::stringBytes(o, plan.type);
    case SizeRule::Integer: return header + compat::integerBytes(o, plan.type);
    case SizeRule::Set: {
      auto* set = reinterpret_cast<PySetObject*>(o);
      if (set->table == set->smalltable) return basic;
      return basic + (static_cast<std::uint64_t>(set->mask) + 1) * sizeof(setentry);
    }
    case SizeRule::ByteArray:
      return basic + compat::byteArrayBytes(reinterpret_cast<PyByteArrayObject*>(o));
    case SizeRule::Type:
      return compat::countedHeader(o, header) +
             compat::typeBytes(reinterpret_cast<PyTypeObject*>(o));
    case SizeRule::Code: return header + compat::codeBytes(reinterpret_cast<PyCodeObject*>(o));
    case SizeRule::Deque: return basic + dequeBytes(o);
    case SizeRule::Generator: return header + compat::generatorBytes(o, plan.type);
    case SizeRule::Frame: return header + compat::frameObjectBytes(o);
    case SizeRule::CtypesType: return basic + typeMembers(o) + libraryBytes(o, plan);
    default: return basic + libraryBytes(o, plan);
  }
}

}  // namespace whyalive::agent
