/* Layouts of the standard library's own C types, as far as their __sizeof__ looks at them, and the
 * references they keep. CPython has them in .c files, so nothing can check them at build time;
 * tests/agent compares the sizes with sys.getsizeof on every interpreter. Plain C. */
#ifndef WHYALIVE_AGENT_COMPAT_LIBRARY_LAYOUTS_H
#define WHYALIVE_AGENT_COMPAT_LIBRARY_LAYOUTS_H

#include <stdint.h>

/* clang-format off */

/* ---- array, io, struct, ElementTree ---- */
typedef struct { char typeCode; int itemSize; } WaArrayKind;
typedef struct { PyObject_VAR_HEAD char* items; Py_ssize_t allocated; const WaArrayKind* kind;
                 PyObject* weakReferences; Py_ssize_t exports; } WaArray;

typedef struct { PyObject_HEAD PyObject* buffer; Py_ssize_t position; Py_ssize_t stringSize;
                 PyObject* dict; PyObject* weakReferences; Py_ssize_t exports; } WaBytesIo;
typedef struct {
  PyObject_HEAD
  PyObject* raw;
  int ok, detached, readable, writable;
  char finalizing;
  int fastClosedChecks;
  int64_t absolutePosition;
  char* buffer;
  int64_t position, rawPosition, readEnd, writePosition, writeEnd;
  void* lock;
  volatile unsigned long owner;
  Py_ssize_t bufferSize;
  Py_ssize_t bufferMask;
  PyObject* dict;
  PyObject* weakReferences;
} WaBuffered;

typedef struct { const void* definition; Py_ssize_t offset, size, repeat; } WaStructCode;
typedef struct { PyObject_HEAD Py_ssize_t size; Py_ssize_t length; WaStructCode* codes;
                 PyObject* format; PyObject* weakReferences; } WaStruct;

typedef struct { PyObject* attributes; Py_ssize_t length; Py_ssize_t allocated; PyObject** children;
                 PyObject* fewChildren[4]; } WaElementExtra;
typedef struct { PyObject_HEAD PyObject* tag; PyObject* text; PyObject* tail; WaElementExtra* extra;
                 PyObject* weakReferences; } WaElement;

/* ---- decimal ---- */
enum { WA_DECIMAL_BORROWED_DATA = 0x20 | 0x40 | 0x80 };
typedef struct { PyObject_HEAD Py_hash_t hash; uint8_t flags;
                 Py_ssize_t exponent, digits, length, allocated; uint64_t* words;
                 uint64_t fewWords[4]; } WaDecimal;

/* ---- itertools ---- */
typedef struct { PyObject_HEAD PyObject* pools; Py_ssize_t* indices; PyObject* result;
                 int stopped; } WaProduct;
typedef struct { PyObject_HEAD PyObject* pool; Py_ssize_t* indices; PyObject* result;
                 Py_ssize_t length; int stopped; } WaCombinations;
typedef struct { PyObject_HEAD PyObject* pool; Py_ssize_t* indices; Py_ssize_t* cycles;
                 PyObject* result; Py_ssize_t length; int stopped; } WaPermutations;

/* ---- pickle: the front of each, and the end (in between patch releases differ) ---- */
typedef struct { PyObject* key; Py_ssize_t value; } WaMemoEntry;
typedef struct { size_t mask, used, allocated; WaMemoEntry* entries; } WaMemo;
typedef struct { PyObject_HEAD WaMemo* memo; } WaPickler;
typedef struct { PyObject* output; Py_ssize_t lengths[2]; int flags[5]; PyObject* rest[5]; } WaPicklerEnd;
typedef struct { PyObject_HEAD PyObject* stack; PyObject** memo; size_t memoSize; } WaUnpickler;
typedef struct { char* encoding; char* errors; Py_ssize_t* marks; Py_ssize_t markCount;
                 Py_ssize_t marksSize; int flags[2];
#if PY_VERSION_HEX >= 0x030E0000
                 void* last;
#endif
               } WaUnpicklerEnd;

/* ---- queue, 3.15 ---- */
typedef struct { PyObject_HEAD size_t waiting; Py_ssize_t putAt, getAt; PyObject** items;
                 Py_ssize_t capacity, count; PyObject* weakReferences; } WaSimpleQueue;

/* ---- ctypes: what a type knows of its layout ---- */
typedef struct { size_t size; unsigned short alignment; unsigned short type; void** elements; } WaFfiType;
typedef struct {
#if PY_VERSION_HEX >= 0x030D0000
  int initialised;
#else
  PyDictObject dict;
#endif
  Py_ssize_t size, align, length;
  WaFfiType ffiType;
  PyObject* proto;
  void* setter;
  void* getter;
  void* parameter;
  PyObject* argumentTypes;
  PyObject* converters;
  PyObject* resultType;
  PyObject* checker;
#if PY_VERSION_HEX >= 0x030D0000
  PyObject* module;
#endif
  int flags;
#if PY_VERSION_HEX >= 0x030E0000
  PyObject* pointerType;
#endif
  char* format;
  int dimensions;
  Py_ssize_t* shape;
} WaCtypesInfo;

/* ---- memory outside Python's own: the front of each, as far as it is looked at ---- */
typedef struct { PyObject_HEAD char* data; Py_ssize_t size; } WaMapping;
typedef struct { PyObject_HEAD Py_UCS4* buffer; Py_ssize_t position, stringSize;
                 size_t bufferSize; int state; } WaStringIo;
enum { WA_STRING_IO_GATHERS = 2 };  /* what was written is not in the buffer yet, but in … */
#if PY_VERSION_HEX < 0x030C0000
/* … a list of short pieces and one of those joined; its tp_traverse tells of neither, */
typedef struct { WaStringIo head; PyObject* joined; PyObject* pieces; } WaStringIoPieces;
#else
/* … a text with room at its end. */
typedef struct { PyObject* text; void* data; int kind; Py_UCS4 highest; Py_ssize_t size; } WaTextWriter;
#if PY_VERSION_HEX >= 0x030E0000
typedef struct { WaStringIo head; WaTextWriter* writer; } WaStringIoText;
#else
typedef struct { WaStringIo head; WaTextWriter writer; } WaStringIoText;
#endif
#endif
typedef struct WaCtypesObject { PyObject_HEAD char* data; int owned; struct WaCtypesObject* base;
                                Py_ssize_t size; } WaCtypesObject;

/* ---- NumPy: the same in 1.x and 2.x, but for a dtype's item size ---- */
typedef struct { PyObject_HEAD char* data; int dimensions; Py_ssize_t* shape; Py_ssize_t* strides;
                 PyObject* base; PyObject* dtype; int flags; } WaNumpyArray;
enum { WA_NUMPY_OWNS_DATA = 4, WA_NUMPY_OBJECTS = 17 };
typedef struct { PyObject_HEAD PyObject* scalarType; char kind, type, byteOrder, oldFlags;
                 int number;
                 union { struct { int itemSize; } one; struct { uint64_t flags; Py_ssize_t itemSize; } two; };
} WaNumpyType;

/* clang-format on */

#endif
