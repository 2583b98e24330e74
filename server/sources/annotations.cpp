#include "server/sources/annotations.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include "server/heap/amounts.h"
#include "server/sources/anchor.h"
#include "server/sources/candidate.h"
#include "server/sources/function_places.h"
#include "server/sources/live_facts.h"
#include "server/sources/source_file.h"
#include "server/sources/tooltips.h"

namespace whyalive::sources {

using heap::formatBytes;
using heap::formatChange;
using heap::formatCount;

namespace {

using heap::OwnerKind;

constexpr std::size_t kMostVariables = 2;  // "closures keep request, reply"
constexpr int kEqualStores = 2;            // stores whose scores differ by no more are all shown

class Annotator {
 public:
  Annotator(const LiveFacts& facts, std::span<const LocatedSuspect> suspects,
            const SourceFile& file, const AnnotationOptions& options)
      : facts_(facts),
        suspects_(suspects),
        file_(file),
        options_(options),
        module_(facts.module()),
        drifted_(hasDrifted(facts, file)) {}

  std::vector<Annotation> run() {
    addClasses();
    addAttributes();
    addGlobals();
    addSuspensions();
    addClosures();
    for (const LocatedSuspect& one : suspects_) {
      markSuspect(one);
      addSuspect(one);
    }
    std::ranges::stable_sort(found_, {},
                             [](const Annotation& one) { return std::pair(one.line, one.column); });
    return std::move(found_);
  }

 private:
  // `named` is what the line speaks of, the hint goes to the end of its line.
  Annotation& add(AnnotationKind kind, ByteRange named, std::string text, std::string subject) {
    Annotation annotation;
    annotation.name = file_.range(named);
    annotation.line = annotation.name.begin.line;
    const std::string_view line = file_.line(annotation.line);
    const std::size_t end = line.find_last_not_of(" \t\f");
    annotation.column = end == std::string_view::npos ? 0 : static_cast<std::uint32_t>(end) + 1;
    annotation.kind = kind;
    annotation.text = std::move(text);
    annotation.subject = std::move(subject);
    found_.push_back(std::move(annotation));
    return found_.back();
  }

  void explain(Annotation& annotation, std::string tooltip) const {
    annotation.tooltip = std::move(tooltip);
    if (drifted_) annotation.tooltip += driftNote();
  }

  std::string qualified(std::string_view name) const {
    return module_.empty() ? std::string(name) : module_ + "." + std::string(name);
  }

  void addClasses() {
    for (const ClassFact& one : file_.index().classes) {
      const auto statistics = facts_.ofClass(one.qualname);
      if (!statistics ||
          statistics->instances < std::max<std::uint64_t>(1, options_.minimumCount)) {
        continue;
      }
      const bool grew = statistics->growth.value_or(0) > 0;
      if (statistics->retained < options_.minimumRetained && !grew) continue;
      std::string text = formatCount(statistics->instances) + " live · " +
                         formatBytes(statistics->retained) + " retained";
      if (statistics->growth.value_or(0) != 0) text += " · " + formatChange(*statistics->growth);
      Annotation& annotation =
          add(AnnotationKind::Class, one.nameRange, std::move(text), qualified(one.qualname));
      annotation.type = annotation.subject;
      explain(annotation, classTooltip(annotation.subject, *statistics));
    }
  }

  // The suspect whose holder is this attribute or global; its rank, else 0.
  std::uint32_t rankOf(std::string_view qualname, std::string_view name) const {
    for (const LocatedSuspect& one : suspects_) {
      const heap::Holder& holder = one.suspect.holder;
      if (holder.name != name) continue;
      if (holder.owner == OwnerKind::Global && qualname.empty() && holder.module == module_) {
        return one.suspect.rank;
      }
      const bool attribute =
          holder.owner == OwnerKind::Attribute || holder.owner == OwnerKind::ClassAttribute;
      if (!attribute || qualname.empty()) continue;
      for (const heap::ClassName& cls : holder.mro) {
        if (cls.module == module_ && cls.qualname == qualname) return one.suspect.rank;
      }
    }
    return 0;
  }

  bool worthShowing(const heap::ContainedStatistics& statistics, std::uint32_t rank) const {
    if (statistics.containers == 0) return false;
    if (rank != 0) return true;
    return statistics.entries >= options_.minimumCount &&
           (statistics.retained >= options_.minimumRetained || statistics.growth.value_or(0) > 0);
  }

  void addContainer(AnnotationKind kind, ByteRange named, const std::string& subject,
                    const heap::ContainedStatistics& statistics, std::uint32_t rank) {
    Annotation& annotation = add(kind, named,
                                 heap::counted(statistics.entries, "entry", "entries") + " · " +
                                     formatBytes(statistics.retained),
                                 subject);
    annotation.suspectRank = rank;
    annotation.type = worthALook(statistics.entryType);
    explain(annotation, containerTooltip(subject, statistics, suspectOf(rank)));
  }

  // A class of some module: the strings and numbers of a whole process tell nobody anything.
  static std::string worthALook(const std::string& type) {
    return type.find('.') == std::string::npos ? std::string{} : type;
  }

  const LocatedSuspect* suspectOf(std::uint32_t rank) const {
    const auto found = std::ranges::find_if(
        suspects_, [&](const LocatedSuspect& one) { return one.suspect.rank == rank; });
    return rank == 0 || found == suspects_.end() ? nullptr : &*found;
  }

  // Of several bindings of one attribute, the one that makes it: in a constructor, then in the
  // class body, and rather to a container than to None.
  static int makes(const SourceFile& file, const Use& use) {
    int score = 0;
    if (use.function < 0) {
      score += 2;
    } else if (file.index().functions[static_cast<std::size_t>(use.function)].name == "__init__") {
      score += 3;
    }
    if (use.value.kind == ValueKind::NoneLiteral) score -= 4;
    if (use.value.kind == ValueKind::Unknown) score -= 1;
    return score;
  }

  // As the heap has it: `__data` written in class Cache is `_Cache__data`.
  static std::string mangledName(std::string_view cls, std::string_view name) {
    const bool mangled = name.starts_with("__") && !name.ends_with("__");
    while (cls.starts_with('_')) cls.remove_prefix(1);
    if (!mangled || cls.empty()) return std::string(name);
    return "_" + std::string(cls) + std::string(name);
  }

  void addAttributes() {
    std::map<std::pair<int, std::string_view>, const Use*> made;
    for (const Use& use : file_.index().uses) {
      if (use.kind != UseKind::Define && use.kind != UseKind::Rebuild) continue;
      const bool own = use.target.kind == TargetKind::Self || use.target.kind == TargetKind::Class;
      if (!own || use.target.cls < 0 || !use.target.keys.empty()) continue;
      const Use*& best = made[{use.target.cls, use.target.name}];
      if (best == nullptr || makes(file_, use) > makes(file_, *best)) best = &use;
    }
    for (const auto& [key, use] : made) {
      const ClassFact& cls = file_.index().classes[static_cast<std::size_t>(key.first)];
      const std::string name = mangledName(cls.name, key.second);
      const auto statistics = facts_.ofAttribute(cls.qualname, name);
      if (!statistics) continue;
      const std::uint32_t rank = rankOf(cls.qualname, name);
      if (!worthShowing(*statistics, rank)) continue;
      addContainer(AnnotationKind::Define, use->name,
                   qualified(cls.qualname) + "." + std::string(key.second), *statistics, rank);
    }
  }

  void addGlobals() {
    std::map<std::string_view, const Use*> made;
    for (const Use& use : file_.index().uses) {
      if (use.kind != UseKind::Define || use.target.kind != TargetKind::Global) continue;
      if (use.function >= 0 || use.cls >= 0 || use.target.name.starts_with("__")) continue;
      const Use*& best = made[use.target.name];
      if (best == nullptr || makes(file_, use) > makes(file_, *best)) best = &use;
    }
    for (const auto& [name, use] : made) {
      const auto statistics = facts_.ofGlobal(name);
      if (!statistics) continue;
      const std::uint32_t rank = rankOf({}, name);
      if (!worthShowing(*statistics, rank)) continue;
      addContainer(AnnotationKind::Global, use->name, qualified(name), *statistics, rank);
    }
  }

  void addSuspensions() {
    SharedFile shared(SharedFile{}, &file_);  // borrowed: lives as long as this call
    std::map<std::uint32_t, std::pair<LiveSuspension, ByteRange>> byLine;
    for (const LiveSuspension& one : facts_.suspensions()) {
      const FoundFunction function =
          findFunction(shared, one.function.qualname, one.function.firstLine);
      if (!function) continue;
      const Suspension* at = suspensionAt(function, one.function.firstLine, one.line);
      if (at == nullptr) continue;
      auto& [sum, range] = byLine[file_.lines().lineOf(at->range.begin)];
      sum.function = one.function;
      sum.count += one.count;
      sum.retained += one.retained;
      range = at->range;
    }
    for (const auto& [line, entry] : byLine) {
      const auto& [sum, range] = entry;
      if (sum.count < options_.minimumCount || sum.retained < options_.minimumRetained) continue;
      explain(add(AnnotationKind::Suspend, range,
                  formatCount(sum.count) + " suspended here · " + formatBytes(sum.retained),
                  qualified(displayName(sum.function.qualname))),
              suspendTooltip(displayName(sum.function.qualname), sum));
    }
  }

  void addClosures() {
    SharedFile shared(SharedFile{}, &file_);
    for (const LiveClosures& one : facts_.closures()) {
      if (one.statistics.count < options_.minimumClosures || one.statistics.variables.empty()) {
        continue;
      }
      if (one.statistics.retained < options_.minimumRetained) continue;
      const FoundFunction function =
          findFunction(shared, one.function.qualname, one.function.firstLine);
      if (!function || !capturesSomething(file_.index(), function.fact())) continue;
      std::string kept;
      for (std::size_t i = 0; i < std::min(kMostVariables, one.statistics.variables.size()); ++i) {
        kept += (i == 0 ? "" : ", ") + one.statistics.variables[i];
      }
      explain(add(AnnotationKind::Capture, function.fact().nameRange,
                  formatCount(one.statistics.count) + " closures keep " + kept,
                  qualified(displayName(one.function.qualname))),
              closureTooltip(displayName(one.function.qualname), one.statistics));
    }
  }

  // Captures and suspensions that are a suspect's say so; their numbers are there already.
  void markSuspect(const LocatedSuspect& located) {
    for (const Location& one : located.locations) {
      if (one.role != Role::Capture && one.role != Role::Suspend) continue;
      if (one.file != file_.path()) continue;
      const auto line = anchoredLine(file_, one);
      const AnnotationKind kind =
          one.role == Role::Capture ? AnnotationKind::Capture : AnnotationKind::Suspend;
      for (Annotation& annotation : found_) {
        if (annotation.kind != kind || annotation.line != line || annotation.suspectRank != 0) {
          continue;
        }
        annotation.suspectRank = located.suspect.rank;
        annotation.tooltip += "\n\n" + suspectTooltip(located);
      }
    }
  }

  // "⟵ keeps 6,100 Iq · 18.2 MB" on the line that stores best, or on those that tie.
  void addSuspect(const LocatedSuspect& located) {
    const heap::Suspect& suspect = located.suspect;
    const Location* best = nullptr;
    for (const Location& one : located.locations) {
      if (one.role == Role::Store && best == nullptr) best = &one;
    }
    if (best == nullptr) return;
    for (const Location& one : located.locations) {
      if (one.role != Role::Store || one.file != file_.path()) continue;
      if (one.score < best->score - kEqualStores) continue;
      const auto line = anchoredLine(file_, one);
      if (!line) continue;
      const bool holds = !suspect.types.empty();
      const std::uint64_t count = holds ? suspect.types.front().count : suspect.count;
      const std::string type =
          holds ? std::string(lastName(suspect.types.front().type)) : std::string("entries");
      const auto indent = static_cast<std::uint32_t>(file_.line(*line).find(one.text));
      const std::uint32_t begin = file_.lines().offsetOf(file_.text(), {*line, indent});
      const auto length = static_cast<std::uint32_t>(one.text.size());
      Annotation& annotation =
          add(AnnotationKind::Store, {begin, begin + length},
              "⟵ keeps " + formatCount(count) + " " + type + " · " + formatBytes(suspect.retained),
              suspect.holder.expression);
      annotation.suspectRank = suspect.rank;
      if (holds) annotation.type = worthALook(suspect.types.front().type);
      explain(annotation, suspectTooltip(located));
    }
  }

  const LiveFacts& facts_;
  std::span<const LocatedSuspect> suspects_;
  const SourceFile& file_;
  const AnnotationOptions& options_;
  std::string module_;
  bool drifted_;
  std::vector<Annotation> found_;
};

}  // namespace

std::string_view toString(AnnotationKind kind) {
  switch (kind) {
    case AnnotationKind::Class: return "class";
    case AnnotationKind::Define: return "define";
    case AnnotationKind::Store: return "store";
    case AnnotationKind::Capture: return "capture";
    case AnnotationKind::Suspend: return "suspend";
    case AnnotationKind::Global: return "global";
  }
  return "class";
}

std::vector<Annotation> annotate(const LiveFacts& facts, std::span<const LocatedSuspect> suspects,
                                 const SourceFile& file, const AnnotationOptions& options) {
  if (!facts.loaded()) return {};
  return Annotator(facts, suspects, file, options).run();
}

}  // namespace whyalive::sources
