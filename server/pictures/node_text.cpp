#include "server/pictures/node_text.h"

#include <array>
#include <cstdio>

#include "server/heap/code_names.h"

namespace whyalive::pictures {
namespace {

using heap::HeapGraph;

constexpr std::size_t kReprBytes = 40;

std::string lastPart(std::string_view name) {
  const std::size_t dot = name.rfind('.');
  return std::string(dot == std::string_view::npos ? name : name.substr(dot + 1));
}

std::string moduleOf(const HeapGraph& graph, TypeIndex type) {
  const std::string_view module = graph.name(graph.typeInfo(type).module);
  return module == "builtins" ? "" : std::string(module);
}

std::string entries(std::uint64_t count) {
  return formatCount(count) + (count == 1 ? " entry" : " entries");
}

std::string placeOf(const heap::FunctionName& function, std::uint32_t line) {
  if (function.file.empty()) return "";
  return std::string(heap::baseName(function.file)) + ":" + std::to_string(line);
}

void describeFunction(const HeapGraph& graph, ObjectIndex o, PictureNode& node) {
  const heap::FunctionName function = heap::functionName(graph, graph.codeOf(o));
  const heap::FrameRecord* frame = graph.frameOfOwner(o);
  node.title = std::string(heap::lastPart(function.qualname));
  const std::uint32_t line =
      frame != nullptr && frame->line != 0 ? frame->line : function.firstLine;
  node.subtitle = lastPart(node.type) + ", " + placeOf(function, line);
}

}  // namespace

Family familyOf(const heap::Analysis& analysis, ObjectIndex o) {
  const HeapGraph& graph = analysis.graph();
  if (graph.module(o) != nullptr) return Family::Module;
  if (graph.typeOfTypeObject(o) != kNoType) return Family::Class;
  const std::string_view type = graph.typeName(o);
  if (graph.frameOfOwner(o) != nullptr || type == "frame" || type == "coroutine" ||
      type == "generator" || type == "async_generator") {
    return Family::Frame;
  }
  if (graph.codeOf(o) != kNoObject || type == "method" || type == "builtin_function_or_method") {
    return Family::Function;
  }
  const std::string_view module = graph.name(graph.typeInfo(graph.type(o)).module);
  if (module != "builtins") {
    return graph.isContainer(o) ? Family::Container : Family::Instance;
  }
  if (graph.isContainer(o)) return Family::Container;
  if (graph.shape(o).value != heap::ValueKind::None || type == "NoneType") return Family::Value;
  return Family::Native;
}

PictureNode describeObject(const heap::Analysis& analysis, ObjectIndex o, bool refcount) {
  const HeapGraph& graph = analysis.graph();
  PictureNode node;
  node.object = o;
  node.type = graph.typeName(o);
  node.family = familyOf(analysis, o);
  const std::string module = moduleOf(graph, graph.type(o));
  switch (node.family) {
    case Family::Module:
      node.title = std::string(graph.name(graph.module(o)->name));
      node.subtitle = "module";
      node.root = analysis.roots().at(o) != nullptr;
      break;
    case Family::Class: {
      const TypeIndex self = graph.typeOfTypeObject(o);
      node.title = lastPart(graph.typeName(self));
      const std::string definedIn = moduleOf(graph, self);
      node.subtitle = definedIn.empty() ? "class" : "class of " + definedIn;
      break;
    }
    case Family::Frame:
    case Family::Function:
      if (graph.codeOf(o) != kNoObject) {
        describeFunction(graph, o, node);
        break;
      }
      [[fallthrough]];
    default:
      node.title = node.family == Family::Value ? graph.repr(o, kReprBytes) : lastPart(node.type);
      node.subtitle = node.family == Family::Value ? node.type : module;
      if (graph.isContainer(o)) {
        node.subtitle += (node.subtitle.empty() ? "" : ", ") + entries(graph.entryCount(o));
      }
  }
  const Bytes retained = analysis.dominators().retained(o);
  if (retained > graph.size(o) && node.family != Family::Module) {
    node.detail = heap::formatBytes(retained) + " retained";
  }
  if (refcount) {
    const std::uint64_t count = graph.refcount(o);
    node.detail += (node.detail.empty() ? "" : ", ") +
                   (count == 0 ? "immortal" : formatCount(count) + (count == 1 ? " ref" : " refs"));
  }
  return node;
}

PictureNode describeGroup(const heap::Analysis& analysis, std::string_view kind,
                          ObjectIndex example, std::uint64_t count, Bytes retained) {
  PictureNode node;
  node.object = example;
  node.type = kind;
  node.family = familyOf(analysis, example);
  const bool plainType = kind == analysis.graph().typeName(example);
  node.title = formatCount(count) + " × " + (plainType ? lastPart(kind) : std::string(kind));
  node.subtitle = plainType ? moduleOf(analysis.graph(), analysis.graph().type(example)) : "";
  node.detail = heap::formatBytes(retained) + " retained";
  node.count = count;
  return node;
}

PictureNode describeRoot(const heap::Analysis& analysis, const heap::Root& root) {
  PictureNode node;
  node.family = Family::Native;
  node.root = true;
  switch (root.group) {
    case heap::RootGroup::Module: node.title = root.name; break;
    case heap::RootGroup::Frame: {
      const heap::FrameRecord& frame = analysis.graph().snapshot().frames[root.frame];
      const heap::FunctionName function = heap::functionName(analysis.graph(), frame.code);
      node.family = Family::Frame;
      node.title = std::string(heap::lastPart(function.qualname));
      node.subtitle = "running, " + placeOf(function, frame.line);
      break;
    }
    case heap::RootGroup::Thread:
    case heap::RootGroup::Interpreter:
      node.title = root.name.empty() ? "interpreter" : root.name;
      node.subtitle = root.group == heap::RootGroup::Thread ? "state of a thread" : "interpreter";
      break;
    case heap::RootGroup::Native:
      node.title = "held from C";
      node.subtitle = "by a stack, a static or an extension";
      break;
  }
  return node;
}

PictureNode describeRest(std::uint64_t count) {
  PictureNode node;
  node.family = Family::More;
  node.title = "+" + formatCount(count) + " more";
  node.count = count;
  return node;
}

}  // namespace whyalive::pictures
