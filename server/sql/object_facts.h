// ObjectFacts: what SQL says of one object, for columns and for functions alike.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "server/heap/holders.h"
#include "server/sql/cell.h"
#include "server/sql/indexes.h"

namespace whyalive::sql {

class ObjectFacts {
 public:
  explicit ObjectFacts(Indexes& indexes) : indexes_(indexes), holders_(indexes.analysis()) {}

  Cell length(ObjectIndex o) const;  // entries, code points or bytes
  static Cell length(const heap::TextValue& text);
  Cell value(ObjectIndex o) const;  // str, int, float, bool, bytes as SQL values
  Cell text(ObjectIndex o) const;   // of a str
  std::uint64_t referrerCount(ObjectIndex o) const;
  std::uint64_t referentCount(ObjectIndex o) const;

  // Instance attribute, then class attributes along the MRO; kNoObject when absent.
  ObjectIndex attribute(ObjectIndex o, std::string_view name);
  // What a dict holds under the key, a list or tuple at the position (from the end when negative).
  ObjectIndex item(ObjectIndex container, const Cell& key) const;

  // How the object before it on its retaining path refers to it: "'id'", "12", "_expected".
  Cell key(ObjectIndex o) const;
  Cell path(ObjectIndex o) const;
  // The path up to the first container on it: where things pile up. The path itself when there is
  // none on it.
  Cell holder(ObjectIndex o);
  ObjectIndex holderObject(ObjectIndex o);

 private:
  ObjectIndex ownAttribute(ObjectIndex o, std::string_view name);

  struct AttributePlace {  // positions of references; kNoIndex = none
    std::uint32_t value = kNoIndex, space = kNoIndex;
  };
  struct AttributeName {
    std::unordered_map<std::uint32_t, AttributePlace> placeInShape;
    ObjectIndex key = kNoObject;  // the str that last spelled it as the key of a namespace
  };

  Indexes& indexes_;
  heap::Holders holders_;
  std::unordered_map<std::string, AttributeName> attributeNames_;
  std::string lastName_;  // mostly the next row asks for the same
  AttributeName* last_ = nullptr;
  std::unordered_map<std::uint32_t, std::string> holderNames_;  // by holder object
};

// How a label is called in refs.kind, and the name it carries ("" when it has none).
std::string_view kindName(heap::LabelKind kind);
std::string labelName(const heap::HeapGraph& graph, const heap::Label& label);

}  // namespace whyalive::sql
