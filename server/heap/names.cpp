#include "server/heap/holder.h"
#include "server/heap/suspect.h"

namespace whyalive::heap {

std::string_view toString(StepKind kind) {
  switch (kind) {
    case StepKind::Module: return "module";
    case StepKind::Global: return "global";
    case StepKind::Attribute: return "attribute";
    case StepKind::Slot: return "slot";
    case StepKind::ClassAttribute: return "class-attribute";
    case StepKind::Key: return "key";
    case StepKind::Index: return "index";
    case StepKind::Member: return "member";
    case StepKind::Closure: return "closure";
    case StepKind::Local: return "local";
    case StepKind::Frame: return "frame";
    case StepKind::Default: return "default";
    case StepKind::BoundSelf: return "bound-self";
    case StepKind::Wrapped: return "wrapped";
    case StepKind::ContextVar: return "context-var";
    case StepKind::ThreadLocal: return "thread-local";
    case StepKind::WeakrefCallback: return "weakref-callback";
    case StepKind::Native: return "native";
  }
  return "native";
}

std::string_view toString(SuspectKind kind) {
  switch (kind) {
    case SuspectKind::Growth: return "growth";
    case SuspectKind::Accumulation: return "accumulation";
    case SuspectKind::GarbageCycle: return "garbage-cycle";
    case SuspectKind::Suspended: return "suspended";
    case SuspectKind::Native: return "native";
    case SuspectKind::Waste: return "waste";
  }
  return "accumulation";
}

}  // namespace whyalive::heap
