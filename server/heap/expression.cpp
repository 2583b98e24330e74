#include "server/heap/expression.h"

#include <algorithm>
#include <cctype>

#include "server/heap/edge_steps.h"
#include "server/heap/held_from_c.h"

namespace whyalive::heap {
namespace {

bool isIdentifier(std::string_view name) {
  const auto letter = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || (c & 0x80) != 0;
  };
  return !name.empty() && std::isdigit(static_cast<unsigned char>(name[0])) == 0 &&
         std::ranges::all_of(name, letter);
}

std::string named(std::string_view what, std::string_view name) {
  std::string text = "<" + std::string(what);
  if (!name.empty()) text += " " + std::string(name);
  return text + ">";
}

std::string shortName(std::string_view type) {
  const std::size_t dot = type.rfind('.');
  return std::string(dot == std::string_view::npos ? type : type.substr(dot + 1));
}

// The text of one step, without the dot that joins it to the one before.
std::string textOf(const Step& step, bool first) {
  switch (step.kind) {
    case StepKind::Module: return step.name;
    case StepKind::Global:
    case StepKind::Attribute:
    case StepKind::Slot:
    case StepKind::ClassAttribute:
    case StepKind::BoundSelf:
      return isIdentifier(step.name) ? step.name : named("attribute", step.name);
    case StepKind::Key:
    case StepKind::Index: return "[" + step.name + "]";
    case StepKind::Member: return named("member", step.name);
    case StepKind::Closure: return named("closure", step.name);
    case StepKind::Local: return named("local", step.name);
    case StepKind::Frame: return named("frame", step.name);
    case StepKind::Default: return named("default", step.name);
    case StepKind::Wrapped: return named("wrapped", step.name);
    case StepKind::ContextVar: return named("context", step.name);
    case StepKind::ThreadLocal: return named("thread-local", step.name);
    case StepKind::WeakrefCallback: return named("weakref callback", step.name);
    case StepKind::Native: break;
  }
  if (!first) return named("native", step.name);
  if (step.name.starts_with(kHeldFromC)) return "<" + step.name + ">";
  return step.name.empty() ? named(kHeldFromC, shortName(step.type))
                           : named("interpreter:", step.name);
}

}  // namespace

std::vector<Step> stepsAlong(const Analysis& analysis, std::span<const ObjectIndex> path,
                             Masking masking) {
  std::vector<Step> steps;
  for (OwnedStep& owned : ownedStepsAlong(analysis, path, masking)) {
    steps.push_back(std::move(owned.step));
  }
  return steps;
}

std::string expressionOf(std::span<const Step> steps) {
  std::string text;
  for (const Step& step : steps) {
    const std::string part = textOf(step, text.empty());
    if (!text.empty() && part[0] != '[') text += '.';
    text += part;
  }
  return text;
}

std::string expressionPart(const Step& step) {
  const std::string part = textOf(step, false);
  const bool joined = part[0] == '[' || step.kind == StepKind::Module;
  return joined ? part : "." + part;
}

std::vector<Step> stepsTo(const Analysis& analysis, ObjectIndex o, Masking masking) {
  return stepsAlong(analysis, analysis.paths().to(o), masking);
}

std::string expressionTo(const Analysis& analysis, ObjectIndex o) {
  if (!analysis.paths().reached(o)) {
    return named("unreachable", shortName(analysis.graph().typeName(o)));
  }
  return expressionOf(stepsTo(analysis, o));
}

std::string expressionNear(const Analysis& analysis, ObjectIndex o) {
  constexpr std::size_t kFar = 100;  // references from the root
  constexpr std::size_t kShown = 12;
  const Paths& paths = analysis.paths();
  if (!paths.reached(o)) return expressionTo(analysis, o);
  std::vector<ObjectIndex> path{o};
  while (path.size() < kFar && !paths.isStart(path.back()))
    path.push_back(paths.parent(path.back()));
  if (paths.isStart(path.back())) return expressionTo(analysis, o);
  path.resize(kShown);
  std::vector<Hop> hops;
  for (std::size_t i = path.size() - 1; i > 0; --i) {
    const std::uint32_t edge = edgeBetween(analysis.graph(), path[i], path[i - 1]);
    if (edge != kNoIndex) hops.push_back({path[i], edge});
  }
  std::string text = "…";
  for (const OwnedStep& owned : ownedStepsAlong(analysis, hops, Masking::None)) {
    text += expressionPart(owned.step);
  }
  return text;
}

}  // namespace whyalive::heap
