// The snapshot byte format: numbers shared by the agent that writes and the server that reads.
// docs/snapshot-format.md is the grammar in prose with a worked example. Standard library only.
//
// Rules: little-endian; ids are never reused; unknown sections are skipped; records carry their
// length so that later versions may append fields. Everything here is stored: never renumber.
#pragma once

#include <cstdint>

namespace whyalive::snapshot {

inline constexpr char kMagic[8] = {'W', 'H', 'Y', 'A', 'L', 'I', 'V', 'E'};
inline constexpr std::uint32_t kFormatVersion = 1;
inline constexpr std::uint32_t kByteOrderMark = 0x01020304u;
inline constexpr std::uint32_t kNullEdge = 0xFFFFFFFFu;  // an empty slot: keeps labels in step

// 64 bytes at offset 0.
struct Header {
  char magic[8];
  std::uint32_t version;
  std::uint32_t byteOrderMark;
  std::uint32_t sectionCount;
  std::uint32_t flags;  // reserved, 0
  std::uint64_t objectCount;
  std::uint64_t edgeCount;  // null edges included
  std::uint64_t sectionTableOffset;
  std::uint64_t totalBytes;  // the whole file
  std::uint64_t reserved;
};
static_assert(sizeof(Header) == 64);

// 48 bytes each, sectionCount of them at sectionTableOffset.
struct SectionEntry {
  std::uint32_t id;           // SectionId
  std::uint32_t compression;  // Compression
  std::uint64_t offset;       // from the start of the file
  std::uint64_t storedBytes;  // as stored
  std::uint64_t rawBytes;     // after decompression
  std::uint64_t itemCount;    // values or records
  std::uint64_t checksum;     // FNV-1a 64 of the stored bytes, 0 = not computed
};
static_assert(sizeof(SectionEntry) == 48);

enum class Compression : std::uint32_t { None = 0, Zstd = 1 };

// "records" = each a varint byte length, then that many bytes of varint fields.
// "name" = NameIndex; "x+1" = 0 when absent, else index + 1.
enum class SectionId : std::uint32_t {
  Meta = 1,     // pairs of (varint length, UTF-8) key and value; keys in meta_keys.h
  Names = 2,    // strings: varint length, UTF-8 bytes
  Types = 3,    // records: module name, qualname name, tp_name name, object+1, base type+1, flags
                // (TypeFlag), tp_basicsize, tp_itemsize, MRO length, MRO types…
  Shapes = 4,   // records: type, tail (Tail), value kind (ValueKind), label count, then per label:
                // kind (LabelKind), name+1
  Address = 5,  // varint per object: zigzag((address - previous address) / 8), previous starts at 0
  Shape = 6,    // varint per object: ShapeIndex
  Size = 7,     // varint per object: sys.getsizeof in bytes
  Refcount = 8,  // varint per object: reference count; 0 = immortal
  Degree = 9,    // varint per object: number of its edges, null ones included
  Edges = 10,    // u32 per edge, objects in order: ObjectIndex or kNullEdge
  Values = 11,   // a value (see ValueKind) for each object whose shape's value kind is not None
  Tracked = 12,  // bitmap, object i = bit i%8 of byte i/8: tracked by the garbage collector
  Modules = 13,  // records: object, name, file name+1, dict object+1
  Codes = 14,    // records: object, file name, name name, qualname name, first line, number of
                 // positional arguments, of keyword-only ones
  Frames = 15,   // records: state (FrameState), frame object+1, owner object+1, code object, line,
                 // thread+1, depth (0 = innermost), local count, then per local: name+1, object,
                 // LabelKind; number of borrowed locals, their positions (may be missing). The
                 // locals are the references that no object holds: of a frame on a
                 // thread's stack its variables (Local), function, code … (Internal). The variables
                 // of a generator's frame, and of a frame that outlived its call, are edges of the
                 // generator or frame object; the record of such a frame lists none
  Threads = 16,  // records: Python thread ident, native tid (0 unknown), name+1, flags
  Roots = 17,    // records: kind (RootKind), name+1, object, counted (1 = a reference that no edge
                 // stands for, 0 = names an object that edges reach too)
  NativeSizes = 18,  // records: object, bytes beyond Size, buffer identity (0 = its own)
  Weakrefs = 19,     // records: weakref object, referent object
  Pointers = 20,  // records: object of a C type, object that a word of its body points at although
                  // no edge says so: whether it holds it, the reference count must tell
};

// How an edge is labelled. A shape lists the labels of an object's first edges; the tail labels the
// rest by position. Labels cost no bytes per edge.
enum class LabelKind : std::uint32_t {
  Native = 0,          // from tp_traverse of a type whose layout is not modelled
  Attribute = 1,       // instance attribute stored inline; name
  Slot = 2,            // __slots__ member or C member descriptor; name
  AttributesDict = 3,  // the __dict__ of an instance, module, type or function
  Index = 5,           // item of a list, tuple …
  Member = 6,          // element of a set, frozenset, deque
  CellContents = 7,    // what a closure cell holds
  Local = 8,           // local variable of a frame, generator or coroutine; name
  Default = 9,         // __defaults__, __kwdefaults__
  BoundSelf = 10,      // receiver of a bound method
  Wrapped = 11,        // func, args, keywords, cache of partial, lru_cache …; name
  ContextVar = 12,     // value in a context
  ThreadLocal = 13,    // value of threading.local
  WeakrefCallback = 14,
  Type = 15,      // the object's type
  Internal = 16,  // an implementation field: __code__, __globals__, __mro__ …; name
  FrameBack = 17,
  StackItem = 18,    // evaluation stack of a frame
  DictKey = 19,      // key of a dict (owned)
  DictValue = 20,    // value of a dict: its label is the key just before it
  BorrowedKey = 21,  // key that a split dict shares with its class: no reference of its own
  Closure = 22,      // __closure__ tuple of a function
};

// How edges after the shape's own labels are labelled.
enum class Tail : std::uint32_t {
  None = 0,        // there are none
  Native = 1,      // LabelKind::Native, by number
  Index = 2,       // LabelKind::Index, 0, 1, 2 …
  Member = 3,      // LabelKind::Member
  Pairs = 4,       // DictKey, DictValue, DictKey, DictValue … A pair without a value is a further
                   // reference to a key (the order list of an OrderedDict), not an entry
  SplitPairs = 5,  // BorrowedKey, DictValue, …
  StackItems = 6,  // LabelKind::StackItem
};

enum class ValueKind : std::uint32_t {
  None = 0,
  Text = 1,     // varint (bytes stored << 1 | cut), [if cut: varint whole length in code points],
                // UTF-8 (surrogates as their three-byte form)
  Blob = 2,     // varint (bytes stored << 1 | cut), [if cut: varint whole length in bytes], bytes
  Integer = 3,  // varint v: even = zigzag(v >> 1), odd = bit length v >> 1 of an integer left out
  Float = 4,    // 8 bytes, IEEE 754
};

enum class FrameState : std::uint32_t { Running = 0, Suspended = 1, Created = 2, Completed = 3 };

enum class RootKind : std::uint32_t {
  Module = 1,       // an entry of sys.modules; name = its key
  ThreadState = 2,  // exception being handled, context, thread-local dict …; name = the field
  Interpreter = 3,  // builtins, codec registry, import state …; name = the field
  AtExit = 4,       // callbacks waiting for the end
};

enum class TypeFlag : std::uint32_t {
  Heap = 1,         // made at run time (class statement or PyType_FromSpec)
  Collected = 2,    // Py_TPFLAGS_HAVE_GC
  HasDel = 4,       // defines __del__
  PythonClass = 8,  // made by a class statement
};

}  // namespace whyalive::snapshot
