// The second half of value_types.h: a guessed type against the evidence of the heap.
#include <algorithm>
#include <optional>

#include "server/sources/module_map.h"
#include "server/sources/value_types.h"

namespace whyalive::sources {
namespace {

constexpr double kDominantShare = 0.3;
constexpr double kCommonShare = 0.01;

std::uint64_t totalCount(const heap::Evidence& evidence) {
  std::uint64_t total = 0;
  for (const heap::TypeShare& share : evidence.entryTypes) total += share.count;
  return total;
}

// How CPython's type names and ours of the same thing may differ.
bool sameType(std::string_view guessed, std::string_view held) {
  const std::string_view name = lastName(held);
  if (guessed == name) return true;
  if (guessed == "Path") return name == "PosixPath" || name == "WindowsPath";
  if (guessed == "Lock") return name == "lock";
  if (guessed == "method") return name == "builtin_function_or_method";
  return false;
}

ValueFit fitOfType(std::string_view type, const heap::Evidence& evidence) {
  const std::uint64_t total = totalCount(evidence);
  for (std::size_t i = 0; i < evidence.entryTypes.size(); ++i) {
    const heap::TypeShare& share = evidence.entryTypes[i];
    if (!sameType(type, share.type)) continue;
    const double part =
        total == 0 ? 0 : static_cast<double>(share.count) / static_cast<double>(total);
    if (i == 0 || part >= kDominantShare) return ValueFit::Dominant;
    return part >= kCommonShare ? ValueFit::Common : ValueFit::Absent;
  }
  return ValueFit::Absent;
}

// "tuple(function, dict)" → {"function", "dict"} when it is of `type`.
std::optional<std::vector<std::string>> partsOfShape(std::string_view shape,
                                                     std::string_view type) {
  if (!shape.starts_with(type) || shape.size() <= type.size() || shape[type.size()] != '(') {
    return std::nullopt;
  }
  std::string_view rest = shape.substr(type.size() + 1);
  if (rest.ends_with(')')) rest.remove_suffix(1);
  std::vector<std::string> parts;
  int depth = 0;
  std::string part;
  for (const char c : rest) {
    depth += c == '(' ? 1 : c == ')' ? -1 : 0;
    if (c == ',' && depth == 0) {
      parts.push_back(std::move(part));
      part.clear();
    } else if (c != ' ' || !part.empty()) {
      part += c;
    }
  }
  if (!part.empty()) parts.push_back(std::move(part));
  return parts;
}

bool mayBe(const TypeGuess& guess, std::string_view held) {
  if (!guess.known() || guess.open) return true;
  return std::ranges::any_of(
      guess.shapes, [&](const TypeGuess::Shape& shape) { return sameType(shape.type, held); });
}

bool surelyIs(const TypeGuess& guess, std::string_view held) {
  return std::ranges::any_of(
      guess.shapes, [&](const TypeGuess::Shape& shape) { return sameType(shape.type, held); });
}

int shapeFit(const TypeGuess::Shape& shape, const heap::Evidence& evidence) {
  if (shape.elements.empty()) return 0;
  bool compared = false;
  for (const std::string& held : evidence.entryShapes) {
    const auto parts = partsOfShape(held, shape.type);
    if (!parts || parts->empty()) continue;
    compared = true;
    if (parts->size() != shape.elements.size()) continue;
    bool possible = true;
    bool proven = false;
    for (std::size_t i = 0; i < parts->size(); ++i) {
      possible = possible && mayBe(shape.elements[i], (*parts)[i]);
      proven = proven || surelyIs(shape.elements[i], (*parts)[i]);
    }
    if (possible) return proven ? 2 : 1;
  }
  return compared ? -1 : 0;
}

ValueFit better(ValueFit a, ValueFit b) { return std::min(a, b); }

}  // namespace

Fit fitOf(const FileIndex& index, const Value& value, StoredAs as, PathPlace place,
          const heap::Evidence& evidence) {
  Fit fit;
  if (evidence.entryTypes.empty()) return fit;
  if (as == StoredAs::Entries) {
    const bool listed = value.kind == ValueKind::List || value.kind == ValueKind::Tuple ||
                        value.kind == ValueKind::Set || value.kind == ValueKind::Dict ||
                        value.kind == ValueKind::Generator;
    if (!listed || value.elements.empty()) return fit;
    for (const Value& element : value.elements) {
      const Fit one = fitOf(index, element, StoredAs::Entry, place, evidence);
      fit.type = fit.type == ValueFit::Unknown ? one.type : better(fit.type, one.type);
      fit.shape = std::max(fit.shape, one.shape);
    }
    return fit;
  }
  const TypeGuess guess = guessType(index, value, place);
  if (!guess.known()) return fit;
  ValueFit best = ValueFit::Absent;
  for (const TypeGuess::Shape& shape : guess.shapes) {
    best = better(best, fitOfType(shape.type, evidence));
    const int one = shapeFit(shape, evidence);
    if (one != 0) fit.shape = one;
  }
  fit.type = best == ValueFit::Absent && guess.open ? ValueFit::Unknown : best;
  return fit;
}

}  // namespace whyalive::sources
