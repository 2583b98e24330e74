// What context variables (contextvars) are kept in: a context, and behind it a tree of hashes,
// which CPython calls hamt (hash array mapped trie; P. Bagwell, 2001). Its inner nodes mean nothing
// to a person. Pure.
#pragma once

#include <string>
#include <string_view>

#include "protocol/base/ids.h"
#include "server/heap/heap_graph.h"

namespace whyalive::heap {

// By the name of a type.
bool isContextTree(std::string_view type);  // the tree or a node of it
bool isContextMap(std::string_view type);   // that, or the context itself

// What a context variable is called; "" when it has no name.
std::string nameOfContextVariable(const HeapGraph& graph, ObjectIndex variable);

}  // namespace whyalive::heap
