/* Memory layouts of CPython that no public header gives, one row per version.
 *
 * Plain C, so that layout_checks.c can compare each row with the interpreter's own internal headers
 * when the agent is built: a layout that differs does not compile. Where CPython keeps a struct
 * inside a .c file nothing can check it at build time; tests/agent does, on every interpreter. */
#ifndef WHYALIVE_AGENT_COMPAT_LAYOUTS_H
#define WHYALIVE_AGENT_COMPAT_LAYOUTS_H

#include <stdint.h>

/* clang-format off */

/* ---- dict ---- */
typedef struct {
  Py_ssize_t refcount;
#if PY_VERSION_HEX >= 0x030B0000
  uint8_t log2Size;
  uint8_t log2IndexBytes;
  uint8_t kind; /* 0 general, 1 unicode, 2 split */
  uint32_t version;
  Py_ssize_t usable;
  Py_ssize_t entryCount;
#else
  Py_ssize_t size;
  void* lookup;
  Py_ssize_t usable;
  Py_ssize_t entryCount;
#endif
  /* indices, then entries, follow */
} WaDictKeys;

typedef struct { Py_hash_t hash; PyObject* key; PyObject* value; } WaDictEntry;
typedef struct { PyObject* key; PyObject* value; } WaDictUnicodeEntry;

#if PY_VERSION_HEX >= 0x030D0000
typedef struct {
  uint8_t capacity;
  uint8_t size;
  uint8_t embedded;
  uint8_t valid;
  PyObject* values[1];
} WaDictValues;
#else
typedef struct { PyObject* values[1]; } WaDictValues;
#endif

/* Where an instance keeps its attributes, in words before the object. */
#if PY_VERSION_HEX >= 0x030D0000
#define WA_MANAGED_DICT_WORD (-3)
#elif PY_VERSION_HEX >= 0x030C0000
#define WA_MANAGED_DICT_WORD (-3) /* a dict, or values + 1 with bit 0 set */
#elif PY_VERSION_HEX >= 0x030B0000
#define WA_MANAGED_DICT_WORD (-3)
#define WA_MANAGED_VALUES_WORD (-4)
#endif

/* ---- frames ---- */
/* A reference in a frame. From 3.14 on its two low bits say how it is held: 00 counted, 01 borrowed
 * from an outer frame (an immortal object always, an empty slot when there is nothing else),
 * 11 no reference but a small integer. */
#if PY_VERSION_HEX >= 0x030E0000
typedef uintptr_t WaStackRef;
#else
typedef PyObject* WaStackRef;
#endif

#if PY_VERSION_HEX >= 0x030E0000
typedef struct WaInterpreterFrame {
  WaStackRef executable; /* code, or None for a shim */
  struct WaInterpreterFrame* previous;
  WaStackRef function;
  PyObject* globals;  /* borrowed */
  PyObject* builtins; /* borrowed */
  PyObject* locals;
  PyFrameObject* frameObject;
  uint16_t* instruction;
  WaStackRef* stackPointer;
  uint16_t returnOffset;
  char owner;
  uint8_t visited;
  WaStackRef localsPlus[1];
} WaInterpreterFrame;
#elif PY_VERSION_HEX >= 0x030C0000
typedef struct WaInterpreterFrame {
  WaStackRef executable; /* code, or None for a shim */
  struct WaInterpreterFrame* previous;
  WaStackRef function;
  PyObject* globals;  /* borrowed */
  PyObject* builtins; /* borrowed */
  PyObject* locals;
  PyFrameObject* frameObject;
  uint16_t* instruction; /* 3.12: the one before the next */
  int stackTop;
  uint16_t returnOffset;
  char owner;
  WaStackRef localsPlus[1];
} WaInterpreterFrame;
#elif PY_VERSION_HEX >= 0x030B0000
typedef struct WaInterpreterFrame {
  WaStackRef function;
  PyObject* globals;
  PyObject* builtins;
  PyObject* locals;
  WaStackRef executable;
  PyFrameObject* frameObject;
  struct WaInterpreterFrame* previous;
  uint16_t* instruction; /* the one before the next */
  int stackTop;
  uint8_t isEntry;
  char owner;
  WaStackRef localsPlus[1];
} WaInterpreterFrame;
#endif

/* Owners beyond the frame object's: the interpreter itself, the C stack. No code runs in those. */
enum { WA_OWNED_BY_THREAD = 0, WA_OWNED_BY_GENERATOR = 1, WA_OWNED_BY_FRAME_OBJECT = 2 };

#if PY_VERSION_HEX >= 0x030B0000
typedef struct {
  PyObject_HEAD
  PyFrameObject* back;
  WaInterpreterFrame* frame;
  PyObject* trace;
  int line;
  char traceLines;
  char traceOpcodes;
#if PY_VERSION_HEX >= 0x030D0000
  PyObject* extraLocals;
  PyObject* localsCache;
#else
  char fastAsLocals;
#endif
#if PY_VERSION_HEX >= 0x030E0000
  PyObject* overwrittenLocals;
#endif
  PyObject* data[1];
} WaFrameObject;

/* Generators, coroutines and async generators alike. */
typedef struct {
  PyObject_HEAD
#if PY_VERSION_HEX < 0x030C0000
  PyObject* code;
#endif
  PyObject* weakReferences;
  PyObject* name;
  PyObject* qualname;
  _PyErr_StackItem exception;
  PyObject* originOrFinalizer;
  char hooksInited;
  char closed;
  char runningAsync;
  int8_t frameState;
  WaInterpreterFrame frame;
} WaGenerator;
#endif

/* States of a generator's frame. */
#if PY_VERSION_HEX >= 0x030F0000
enum { WA_FRAME_CREATED = 0, WA_FRAME_SUSPENDED = 1, WA_FRAME_EXECUTING = 4,
       WA_FRAME_COMPLETED = 5, WA_FRAME_CLEARED = 5 };
#elif PY_VERSION_HEX >= 0x030D0000
enum { WA_FRAME_CREATED = -3, WA_FRAME_SUSPENDED = -2, WA_FRAME_EXECUTING = 0,
       WA_FRAME_COMPLETED = 1, WA_FRAME_CLEARED = 4 };
#else
enum { WA_FRAME_CREATED = -2, WA_FRAME_SUSPENDED = -1, WA_FRAME_EXECUTING = 0,
       WA_FRAME_COMPLETED = 1, WA_FRAME_CLEARED = 4 };
#endif

/* ---- the collector's lists ---- */
typedef struct { uintptr_t next; uintptr_t previous; } WaGcHead;
typedef struct { WaGcHead head; int threshold; int count; } WaGcGeneration;
/* generation0 points to the first generation's head, by which the struct is told. (The collector of the
 * first releases of 3.14 has none: there the interpreter is asked for its objects.) */
typedef struct {
#if PY_VERSION_HEX < 0x030F0000
  PyObject* trashDeleteLater;
  int trashDeleteNesting;
#endif
  int enabled;
  int debug;
  WaGcGeneration generations[3];
#if PY_VERSION_HEX >= 0x030F0000
  WaGcGeneration permanent;
  void* statistics;
  int collecting;
  void* frame;
  PyObject* garbage;
  PyObject* callbacks;
  Py_ssize_t counters[3];
  WaGcHead* generation0;
#elif PY_VERSION_HEX >= 0x030E0000
  WaGcGeneration permanent;
  Py_ssize_t statistics[9];
  int collecting;
  PyObject* garbage;
  PyObject* callbacks;
  Py_ssize_t counters[2];
  int unused[2];
  Py_ssize_t longLived[2];
  WaGcHead* generation0;
#else
  WaGcHead* generation0;
  WaGcGeneration permanent;
#endif
} WaGcState;

/* ---- the interpreter ---- */
typedef struct { const char* name; size_t offset, count; } WaInterpreterField;
typedef struct { PyObject* function; PyObject* arguments; PyObject* keywords; } WaAtExitCallback;
#if PY_VERSION_HEX < 0x030E0000
typedef struct {
#if PY_VERSION_HEX >= 0x030C0000
  void* nativeFirst;
  void* nativeLast;
#endif
  WaAtExitCallback** callbacks;
  int count;
  int capacity;
} WaAtExit;
#endif
#if PY_VERSION_HEX >= 0x030C0000
typedef struct {
  PyTypeObject* type;
#if PY_VERSION_HEX >= 0x030D0000
  int builtin;
#endif
  int readying, ready;
  PyObject* dict;
  PyObject* subclasses;
  PyObject* weakReferences;
} WaStaticType;
#endif

/* ---- modules ---- */
typedef struct {
  PyObject_HEAD
  PyObject* dict;
#if PY_VERSION_HEX < 0x030F0000
  void* definition;
#endif
  void* state;
  PyObject* weakReferences;
  PyObject* name;
} WaModule;

/* ---- contexts (PEP 567) and their hash trie ---- */
typedef struct { PyObject_HEAD PyObject* previous; PyObject* variables; PyObject* weakReferences;
                 int entered; } WaContext;
typedef struct { PyObject_HEAD PyObject* name; PyObject* defaultValue; } WaContextVariable;
typedef struct { PyObject_HEAD PyObject* context; PyObject* variable; PyObject* oldValue;
                 int used; } WaContextToken;
typedef struct { PyObject_HEAD PyObject* root; PyObject* weakReferences; Py_ssize_t count; } WaHamt;

/* ---- structs that live in CPython's .c files ---- */
typedef struct { PyObject_VAR_HEAD uint32_t bitmap; PyObject* items[1]; } WaHamtBitmapNode;
typedef struct { PyObject_VAR_HEAD int32_t hash; PyObject* items[1]; } WaHamtCollisionNode;
typedef struct { PyObject_HEAD PyObject* items[32]; Py_ssize_t count; } WaHamtArrayNode;

typedef struct WaDequeBlock {
  struct WaDequeBlock* left;
  PyObject* items[64];
  struct WaDequeBlock* right;
} WaDequeBlock;
typedef struct {
  PyObject_VAR_HEAD
  WaDequeBlock* leftBlock;
  WaDequeBlock* rightBlock;
  Py_ssize_t leftIndex;
  Py_ssize_t rightIndex;
  size_t state;
  Py_ssize_t maxLength;
  PyObject* weakReferences;
} WaDeque;

typedef struct { PyDictObject dict; PyObject* defaultFactory; } WaDefaultDict;

typedef struct WaOrderedNode {
  PyObject* key;
  Py_hash_t hash;
  struct WaOrderedNode* next;
  struct WaOrderedNode* previous;
} WaOrderedNode;
typedef struct {
  PyDictObject dict;
  WaOrderedNode* first;
  WaOrderedNode* last;
  WaOrderedNode** fastNodes;
  Py_ssize_t fastNodesSize;
  void* resizeSentinel;
  size_t state;
  PyObject* instanceDict;
  PyObject* weakReferences;
} WaOrderedDict;

typedef struct WaLruLink {
  PyObject_HEAD
  struct WaLruLink* previous;
  struct WaLruLink* next;
  Py_hash_t hash;
  PyObject* key;
  PyObject* result;
} WaLruLink;
typedef struct {
  WaLruLink root;
  void* wrapper;
  int typed;
  PyObject* cache;
  Py_ssize_t hits;
  PyObject* function;
  Py_ssize_t maxSize;
  Py_ssize_t misses;
  PyObject* keywordMark;
  PyTypeObject* linkType; /* borrowed until 3.10, owned since */
  PyObject* cacheInfoType;
  PyObject* dict;
  PyObject* weakReferences;
} WaLruCache;

typedef struct { PyObject_HEAD PyObject* function; PyObject* arguments; PyObject* keywords;
                 PyObject* dict; } WaPartial;
typedef struct { PyObject_HEAD PyObject* callable; PyObject* dict; } WaMethodDecorator;
typedef struct { PyObject_HEAD PyObject* descriptor; PyObject* self; } WaMethodWrapper;
typedef struct {
  PyObject_HEAD
#if PY_VERSION_HEX < 0x030D0000
  PyObject* key;
#endif
  PyObject* arguments;
  PyObject* keywords;
  PyObject* weakReferences;
  PyObject* dicts;     /* weak reference to a thread's dummy → that thread's dict */
  PyObject* callback;  /* 3.13: watchdogs of the threads */
} WaThreadLocal;

/* clang-format on */

#endif
