#include "server/sources/registrations.h"

#include <algorithm>
#include <array>

#include "server/sources/name_resolution.h"
#include "server/sources/store_score.h"
#include "server/sources/value_types.h"

namespace whyalive::sources {
namespace {

constexpr int kFittingArgument = 45;
constexpr int kLowest = -100;  // nothing shows that it is this that is held

struct Sink {
  std::string_view module;
  std::string_view function;
};
constexpr std::array kSinks = {
    Sink{"atexit", "register"},        Sink{"signal", "signal"},
    Sink{"sys", "settrace"},           Sink{"sys", "setprofile"},
    Sink{"sys", "addaudithook"},       Sink{"codecs", "register"},
    Sink{"codecs", "register_error"},  Sink{"faulthandler", "register"},
    Sink{"readline", "set_completer"}, Sink{"os", "register_at_fork"},
};

bool isCallOf(const SourceFile& file, const Path& callee, const Sink& sink) {
  const bool bare = callee.isName();
  if (!bare && (callee.accesses.size() != 1 || callee.accesses[0].name != sink.function))
    return false;
  return std::ranges::any_of(file.index().imports, [&](const Import& import) {
    if (import.local != callee.base || import.module != sink.module) return false;
    return bare ? import.member == sink.function : import.member.empty();
  });
}

bool names(const TypeGuess& guess, const std::vector<std::string_view>& types) {
  return std::ranges::any_of(guess.shapes, [&](const TypeGuess::Shape& shape) {
    return std::ranges::find(types, shape.type) != types.end();
  });
}

constexpr int kModuleMade = 30;

// Types at the head of the path: the method or function that C holds, and its receiver; of what it
// keeps alive the classes of the program.
std::vector<std::string_view> heldTypes(const heap::Suspect& suspect) {
  std::vector<std::string_view> types;
  for (const heap::Step& step : suspect.holder.steps) {
    if (step.kind != heap::StepKind::Native && step.kind != heap::StepKind::BoundSelf) break;
    types.push_back(lastName(step.type));
  }
  for (const heap::TypeShare& one : suspect.types) {
    if (one.type.find('.') != std::string::npos) types.push_back(lastName(one.type));
  }
  return types;
}

int argumentScore(const SourceFile& file, const Call& call,
                  const std::vector<std::string_view>& types) {
  const PathPlace place{call.function, call.cls, call.range.begin};
  for (const Argument& argument : call.arguments) {
    const TypeGuess whole = guessType(file.index(), argument.value, place);
    if (whole.known() && names(whole, types)) return kFittingArgument;
    if (argument.value.kind != ValueKind::Path || argument.value.path.accesses.empty()) continue;
    Value receiver = argument.value;  // connection.close → connection
    receiver.path.accesses.pop_back();
    const TypeGuess guess = guessType(file.index(), receiver, place);
    if (guess.known() && names(guess, types)) return kFittingArgument;
  }
  return kLowest;
}

}  // namespace

std::vector<Candidate> findRegistrations(const Search& search) {
  std::vector<Candidate> found;
  const std::vector<std::string_view> types = heldTypes(search.suspect);
  for (const Sink& sink : kSinks) {
    search.eachFileWith(sink.module, [&](const SharedFile& file) {
      if (ModuleMap::isStandardLibrary(file->path())) return false;
      for (const Call& call : file->index().calls) {
        if (!isCallOf(*file, call.callee, sink)) continue;
        int score = argumentScore(*file, call, types);
        if (call.function < 0) score += points::kModuleLevel;
        found.push_back({Role::Store, file, call.range, call.function, score, nullptr});
      }
      return true;
    });
  }
  return found;
}

std::vector<Candidate> findModuleMakers(const Search& search) {
  std::vector<Candidate> found;
  const heap::Holder& holder = search.suspect.holder;
  if (holder.owner != heap::OwnerKind::Global || !holder.moduleFile.empty() ||
      !search.modules.fileOf(holder.module).empty()) {
    return found;
  }
  search.eachFileWith("modules", [&](const SharedFile& file) {
    if (ModuleMap::isStandardLibrary(file->path())) return false;
    for (const Use& use : file->index().uses) {
      const bool makes = use.kind == UseKind::Put && use.target.name == "modules" &&
                         use.target.receiver == "sys" && use.function >= 0;
      if (makes) found.push_back({Role::Store, file, use.range, use.function, kModuleMade, &use});
    }
    return true;
  });
  return found;
}

}  // namespace whyalive::sources
