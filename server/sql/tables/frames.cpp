// frames and locals: what runs or is suspended, and the variables that live there.
#include "server/sql/listed_table.h"
#include "server/sql/object_facts.h"
#include "server/sql/tables/tables.h"

namespace whyalive::sql {
namespace {

using enum ColumnType;
using heap::FrameRecord;
using heap::FrameState;

std::string_view stateName(FrameState state) {
  switch (state) {
    case FrameState::Running: return "running";
    case FrameState::Suspended: return "suspended";
    case FrameState::Created: return "created";
    case FrameState::Completed: return "completed";
  }
  return "completed";
}

enum : int {
  kFrame,
  kState,
  kFunction,
  kFile,
  kLine,
  kFirstLine,
  kThread,
  kThreadName,
  kDepth,
  kOwner,
  kObject,
  kCode,
};

constexpr Column kFrameColumns[] = {
    {"frame", Integer, "number of the frame in this snapshot"},
    {"state", Text, "running, suspended, created or completed"},
    {"function", Text, "qualified name of its function"},
    {"file", Text, "as its code says"},
    {"line", Integer, "where it stands; NULL unknown"},
    {"first_line", Integer, "where the function begins"},
    {"thread", Integer, "threading.get_ident() of the thread that runs it"},
    {"thread_name", Text, "name of that thread"},
    {"depth", Integer, "0 = innermost frame of its thread"},
    {"owner", Object, "generator or coroutine that it belongs to"},
    {"object", Object, "the frame object, if one was made"},
    {"code", Object, "its code object"},
};
constexpr Access kFrameAccesses[] = {{kFrame, Match::Equal},
                                     {kOwner, Match::Equal},
                                     {kObject, Match::Equal},
                                     {kCode, Match::Equal},
                                     {kFunction, Match::Equal}};

class Frames : public ListedTable {
 public:
  Frames(Indexes& indexes, QueryRun&) : graph_(indexes.graph()), snapshot_(graph_.snapshot()) {}

  static constexpr TableInfo kInfo{
      "frames", "frames of functions: running, suspended, kept by tracebacks", kFrameColumns};
  TableInfo info() const override { return kInfo; }
  std::span<const Access> accesses() const override { return kFrameAccesses; }
  Result<std::uint32_t> length() const override {
    return static_cast<std::uint32_t>(snapshot_.frames.size());
  }
  Cell cell(std::uint32_t row, int column) const override;

 private:
  Cell codeCell(const FrameRecord& frame, int column) const;
  const heap::HeapGraph& graph_;
  const heap::Snapshot& snapshot_;
};

Cell Frames::cell(std::uint32_t row, int column) const {
  const FrameRecord& frame = snapshot_.frames[row];
  switch (column) {
    case kFrame: return numberCell(row);
    case kState: return stateName(frame.state);
    case kLine: return frame.line == 0 ? Cell() : numberCell(frame.line);
    case kThread:
    case kThreadName: {
      if (frame.thread >= snapshot_.threads.size()) return {};
      const heap::ThreadRecord& thread = snapshot_.threads[frame.thread];
      return column == kThread ? numberCell(thread.ident) : textCell(graph_.name(thread.name));
    }
    case kDepth: return frame.thread == kNoIndex ? Cell() : numberCell(frame.depth);
    case kOwner: return objectCell(frame.owner);
    case kObject: return objectCell(frame.frame);
    case kCode: return objectCell(frame.code);
    default: return codeCell(frame, column);
  }
}

Cell Frames::codeCell(const FrameRecord& frame, int column) const {
  const heap::CodeRecord* code = frame.code == kNoObject ? nullptr : graph_.code(frame.code);
  if (code == nullptr) return {};
  if (column == kFile) return textCell(graph_.name(code->file));
  if (column == kFirstLine) return numberCell(code->firstLine);
  return textCell(graph_.name(code->qualname == kNoName ? code->name : code->qualname));
}

enum : int { kLocalFrame, kLocalName, kLocalObject, kLocalKind };

constexpr Column kLocalColumns[] = {
    {"frame", Integer, "the frame that the variable lives in, as in frames.frame"},
    {"name", Text, "name of the variable; NULL for the evaluation stack"},
    {"object", Object, "its value"},
    {"kind", Text, "local or stack"},
};
constexpr Access kLocalAccesses[] = {
    {kLocalFrame, Match::Equal}, {kLocalObject, Match::Equal}, {kLocalName, Match::Equal}};

// A thread's stack lists its variables with the frame; what a generator, a coroutine or a frame
// object holds are references of that object.
class Locals : public ListedTable {
 public:
  Locals(Indexes& indexes, QueryRun&) : graph_(indexes.graph()) {}

  static constexpr TableInfo kInfo{"locals", "variables of those frames", kLocalColumns};
  TableInfo info() const override { return kInfo; }
  std::span<const Access> accesses() const override { return kLocalAccesses; }
  Result<std::uint32_t> length() const override {
    if (!gathered_) gather();
    return static_cast<std::uint32_t>(locals_.size());
  }

  Cell cell(std::uint32_t row, int column) const override {
    const Local& local = locals_[row];  // length() has gathered them
    switch (column) {
      case kLocalFrame: return numberCell(local.frame);
      case kLocalName: return textCell(local.name);
      case kLocalObject: return objectCell(local.object);
      case kLocalKind: return kindName(local.kind);
      default: return {};
    }
  }

 private:
  struct Local {
    std::uint32_t frame = 0;
    std::string_view name;
    ObjectIndex object = kNoObject;
    heap::LabelKind kind = heap::LabelKind::Local;
  };

  void gather() const {
    const auto& frames = graph_.snapshot().frames;
    for (std::uint32_t f = 0; f < frames.size(); ++f) {
      for (const heap::LocalRecord& local : frames[f].locals) {
        locals_.push_back({f, graph_.name(local.name), local.object, local.kind});
      }
      const ObjectIndex holder = frames[f].owner != kNoObject ? frames[f].owner : frames[f].frame;
      if (!frames[f].locals.empty() || holder == kNoObject) continue;
      graph_.forEachReference(holder, [&](const heap::Label& label, ObjectIndex value) {
        if (label.kind != heap::LabelKind::Local && label.kind != heap::LabelKind::StackItem)
          return;
        locals_.push_back({f, label.name, value, label.kind});
      });
    }
    gathered_ = true;
  }

  const heap::HeapGraph& graph_;
  mutable std::vector<Local> locals_;
  mutable bool gathered_ = false;
};

}  // namespace

TableDefinition framesTable() { return define<Frames>(); }

TableDefinition localsTable() { return define<Locals>(); }

}  // namespace whyalive::sql
