#include "agent/walk/layout_rows.h"

#include <cstddef>

extern "C" {
#include "agent/compat/library_layouts.h"
}

namespace whyalive::agent {
namespace {

using snapshot::LabelKind;

#define AT(type, member) static_cast<std::int32_t>(offsetof(type, member))

constexpr NamedField kFunction[] = {
    {AT(PyFunctionObject, func_code), LabelKind::Internal, "__code__"},
    {AT(PyFunctionObject, func_globals), LabelKind::Internal, "__globals__"},
    {AT(PyFunctionObject, func_builtins), LabelKind::Internal, "__builtins__"},
    {AT(PyFunctionObject, func_name), LabelKind::Internal, "__name__"},
    {AT(PyFunctionObject, func_qualname), LabelKind::Internal, "__qualname__"},
    {AT(PyFunctionObject, func_defaults), LabelKind::Default, "__defaults__"},
    {AT(PyFunctionObject, func_kwdefaults), LabelKind::Default, "__kwdefaults__"},
    {AT(PyFunctionObject, func_closure), LabelKind::Closure, "__closure__"},
    {AT(PyFunctionObject, func_doc), LabelKind::Internal, "__doc__"},
    {AT(PyFunctionObject, func_module), LabelKind::Internal, "__module__"},
    {AT(PyFunctionObject, func_annotations), LabelKind::Internal, "__annotations__"},
    {AT(PyFunctionObject, func_dict), LabelKind::AttributesDict, "__dict__"},
#if PY_VERSION_HEX >= 0x030E0000
    {AT(PyFunctionObject, func_annotate), LabelKind::Internal, "__annotate__"},
#endif
#if PY_VERSION_HEX >= 0x030C0000
    {AT(PyFunctionObject, func_typeparams), LabelKind::Internal, "__type_params__"},
#endif
};
constexpr NamedField kCell[] = {
    {AT(PyCellObject, ob_ref), LabelKind::CellContents, "cell_contents"}};
constexpr NamedField kMethod[] = {
    {AT(PyMethodObject, im_func), LabelKind::Internal, "__func__"},
    {AT(PyMethodObject, im_self), LabelKind::BoundSelf, "__self__"},
};
constexpr NamedField kInstanceMethod[] = {
    {AT(PyInstanceMethodObject, func), LabelKind::Internal, "__func__"},
};
constexpr NamedField kBuiltinFunction[] = {
    {AT(PyCFunctionObject, m_self), LabelKind::BoundSelf, "__self__"},
    {AT(PyCFunctionObject, m_module), LabelKind::Internal, "__module__"},
};
constexpr NamedField kBuiltinMethodOfClass[] = {
    {AT(PyCFunctionObject, m_self), LabelKind::BoundSelf, "__self__"},
    {AT(PyCFunctionObject, m_module), LabelKind::Internal, "__module__"},
    {AT(PyCMethodObject, mm_class), LabelKind::Internal, "__class__"},
};
constexpr NamedField kDescriptor[] = {
    {AT(PyDescrObject, d_type), LabelKind::Internal, "__objclass__"},
    {AT(PyDescrObject, d_name), LabelKind::Internal, "__name__"},
    {AT(PyDescrObject, d_qualname), LabelKind::Internal, "__qualname__"},
};
constexpr NamedField kMethodDecorator[] = {
    {AT(WaMethodDecorator, callable), LabelKind::Wrapped, "__func__"},
    {AT(WaMethodDecorator, dict), LabelKind::AttributesDict, "__dict__"},
};
constexpr NamedField kMethodWrapper[] = {
    {AT(WaMethodWrapper, descriptor), LabelKind::Internal, "descriptor"},
    {AT(WaMethodWrapper, self), LabelKind::BoundSelf, "__self__"},
};
constexpr NamedField kModule[] = {
    {AT(WaModule, dict), LabelKind::AttributesDict, "__dict__"},
    {AT(WaModule, name), LabelKind::Internal, "__name__"},
};
constexpr NamedField kWeakReference[] = {
    {AT(PyWeakReference, wr_callback), LabelKind::WeakrefCallback, "__callback__"},
};
constexpr NamedField kSlice[] = {
    {AT(PySliceObject, start), LabelKind::Slot, "start"},
    {AT(PySliceObject, stop), LabelKind::Slot, "stop"},
    {AT(PySliceObject, step), LabelKind::Slot, "step"},
};
constexpr NamedField kTraceback[] = {
    {AT(PyTracebackObject, tb_next), LabelKind::Slot, "tb_next"},
    {AT(PyTracebackObject, tb_frame), LabelKind::Slot, "tb_frame"},
};
constexpr NamedField kException[] = {
    {AT(PyBaseExceptionObject, dict), LabelKind::AttributesDict, "__dict__"},
    {AT(PyBaseExceptionObject, args), LabelKind::Slot, "args"},
#if PY_VERSION_HEX >= 0x030B0000
    {AT(PyBaseExceptionObject, notes), LabelKind::Slot, "__notes__"},
#endif
    {AT(PyBaseExceptionObject, traceback), LabelKind::Slot, "__traceback__"},
    {AT(PyBaseExceptionObject, context), LabelKind::Slot, "__context__"},
    {AT(PyBaseExceptionObject, cause), LabelKind::Slot, "__cause__"},
};
constexpr NamedField kContext[] = {
    {AT(WaContext, previous), LabelKind::Internal, "previous"},
    {AT(WaContext, variables), LabelKind::Internal, "variables"},
};
constexpr NamedField kContextVariable[] = {
    {AT(WaContextVariable, name), LabelKind::Internal, "name"},
    {AT(WaContextVariable, defaultValue), LabelKind::Default, "default"},
};
constexpr NamedField kContextToken[] = {
    {AT(WaContextToken, context), LabelKind::Internal, "context"},
    {AT(WaContextToken, variable), LabelKind::Slot, "var"},
    {AT(WaContextToken, oldValue), LabelKind::Slot, "old_value"},
};
constexpr NamedField kHamt[] = {{AT(WaHamt, root), LabelKind::Internal, "root"}};
constexpr NamedField kDefaultDict[] = {
    {AT(WaDefaultDict, defaultFactory), LabelKind::Slot, "default_factory"},
};
constexpr NamedField kOrderedDict[] = {
    {AT(WaOrderedDict, instanceDict), LabelKind::AttributesDict, "__dict__"},
};
constexpr NamedField kPartial[] = {
    {AT(WaPartial, function), LabelKind::Wrapped, "func"},
    {AT(WaPartial, arguments), LabelKind::Wrapped, "args"},
    {AT(WaPartial, keywords), LabelKind::Wrapped, "keywords"},
    {AT(WaPartial, dict), LabelKind::AttributesDict, "__dict__"},
};
constexpr NamedField kLruLink[] = {
    {AT(WaLruLink, key), LabelKind::Wrapped, "key"},
    {AT(WaLruLink, result), LabelKind::Wrapped, "result"},
};
constexpr NamedField kLruCache[] = {
    {AT(WaLruCache, cache), LabelKind::Wrapped, "cache"},
    {AT(WaLruCache, function), LabelKind::Wrapped, "__wrapped__"},
    {AT(WaLruCache, keywordMark), LabelKind::Internal, "kwd_mark"},
#if PY_VERSION_HEX >= 0x030B0000
    {AT(WaLruCache, linkType), LabelKind::Internal, "link_type"},
#endif
    {AT(WaLruCache, cacheInfoType), LabelKind::Internal, "cache_info_type"},
    {AT(WaLruCache, dict), LabelKind::AttributesDict, "__dict__"},
};
constexpr NamedField kThreadLocal[] = {
#if PY_VERSION_HEX < 0x030D0000
    {AT(WaThreadLocal, key), LabelKind::Internal, "key"},
#endif
    {AT(WaThreadLocal, arguments), LabelKind::Internal, "args"},
    {AT(WaThreadLocal, keywords), LabelKind::Internal, "kwargs"},
    {AT(WaThreadLocal, dicts), LabelKind::ThreadLocal, "threads"},
    {AT(WaThreadLocal, callback), LabelKind::Internal, "callback"},
};

constexpr NamedField kNumpyArray[] = {
    {AT(WaNumpyArray, base), LabelKind::Slot, "base"},
    {AT(WaNumpyArray, dtype), LabelKind::Slot, "dtype"},
};
#if PY_VERSION_HEX < 0x030D0000
constexpr NamedField kCtypesDict[] = {
    {AT(WaCtypesInfo, proto), LabelKind::Slot, "proto"},
    {AT(WaCtypesInfo, argumentTypes), LabelKind::Slot, "argtypes"},
    {AT(WaCtypesInfo, converters), LabelKind::Slot, "converters"},
    {AT(WaCtypesInfo, resultType), LabelKind::Slot, "restype"},
    {AT(WaCtypesInfo, checker), LabelKind::Slot, "checker"},
};
#endif

#if PY_VERSION_HEX < 0x030C0000
constexpr NamedField kStringIo[] = {
    {AT(WaStringIoPieces, joined), LabelKind::Native, nullptr},
    {AT(WaStringIoPieces, pieces), LabelKind::Native, nullptr},
};
#endif

#undef AT

// Addresses of types are not constants everywhere, so the table is filled on first use by `rows`.
#define PUBLIC(type, items, fields) \
  LayoutRow { &type, nullptr, items, fields, true }
#define PRIVATE(name, items, fields) \
  LayoutRow { nullptr, name, items, fields, true }
constexpr std::span<const NamedField> kNoFields;

const LayoutRow kRows[] = {
    PUBLIC(PyDict_Type, Items::Dict, kNoFields),
#if PY_VERSION_HEX >= 0x030F0000
    PUBLIC(PyFrozenDict_Type, Items::Dict, kNoFields),
#endif
    PUBLIC(PyList_Type, Items::List, kNoFields),
    PUBLIC(PyTuple_Type, Items::Tuple, kNoFields),
    PUBLIC(PySet_Type, Items::Set, kNoFields),
    PUBLIC(PyFrozenSet_Type, Items::Set, kNoFields),
    PUBLIC(PyUnicode_Type, Items::None, kNoFields),
    PUBLIC(PyLong_Type, Items::None, kNoFields),
    PUBLIC(PyBaseObject_Type, Items::None, kNoFields),
    PUBLIC(PyFunction_Type, Items::None, kFunction),
    PUBLIC(PyCell_Type, Items::None, kCell),
    PUBLIC(PyMethod_Type, Items::None, kMethod),
    PUBLIC(PyInstanceMethod_Type, Items::None, kInstanceMethod),
    PUBLIC(PyCFunction_Type, Items::None, kBuiltinFunction),
    PUBLIC(PyCMethod_Type, Items::None, kBuiltinMethodOfClass),
    PUBLIC(PyMethodDescr_Type, Items::None, kDescriptor),
    PUBLIC(PyClassMethodDescr_Type, Items::None, kDescriptor),
    PUBLIC(PyWrapperDescr_Type, Items::None, kDescriptor),
    PUBLIC(PyMemberDescr_Type, Items::None, kDescriptor),
    PUBLIC(PyGetSetDescr_Type, Items::None, kDescriptor),
    PUBLIC(PyClassMethod_Type, Items::None, kMethodDecorator),
    PUBLIC(PyStaticMethod_Type, Items::None, kMethodDecorator),
    PRIVATE("method-wrapper", Items::None, kMethodWrapper),
    PUBLIC(PyModule_Type, Items::Traverse, kModule),
    PUBLIC(_PyWeakref_RefType, Items::None, kWeakReference),
    PUBLIC(_PyWeakref_ProxyType, Items::None, kWeakReference),
    PUBLIC(_PyWeakref_CallableProxyType, Items::None, kWeakReference),
    PUBLIC(PySlice_Type, Items::None, kSlice),
    PUBLIC(PyTraceBack_Type, Items::None, kTraceback),
    PUBLIC(PyContext_Type, Items::None, kContext),
    PUBLIC(PyContextVar_Type, Items::None, kContextVariable),
    PUBLIC(PyContextToken_Type, Items::None, kContextToken),
    PUBLIC(PyType_Type, Items::Type, kNoFields),
    PUBLIC(PyCode_Type, Items::Code, kNoFields),
    PUBLIC(PyFrame_Type, Items::Frame, kNoFields),
    PUBLIC(PyGen_Type, Items::Generator, kNoFields),
    PUBLIC(PyCoro_Type, Items::Generator, kNoFields),
    PUBLIC(PyAsyncGen_Type, Items::Generator, kNoFields),
    PRIVATE("hamt", Items::None, kHamt),
    PRIVATE("hamt_bitmap_node", Items::HamtBitmap, kNoFields),
    PRIVATE("hamt_array_node", Items::HamtArray, kNoFields),
    PRIVATE("hamt_collision_node", Items::HamtCollision, kNoFields),
#if PY_VERSION_HEX < 0x030D0000
    PRIVATE("StgDict", Items::Dict, kCtypesDict),
#endif
    PRIVATE("collections.deque", Items::Deque, kNoFields),
    PRIVATE("collections.defaultdict", Items::Dict, kDefaultDict),
    PRIVATE("collections.OrderedDict", Items::OrderedDict, kOrderedDict),
    PRIVATE("functools.partial", Items::None, kPartial),
    PRIVATE("functools._lru_list_elem", Items::None, kLruLink),
    PRIVATE("functools._lru_cache_wrapper", Items::LruLinks, kLruCache),
    PRIVATE("numpy.ndarray", Items::NumpyArray, kNumpyArray),
    PRIVATE("_thread._localdummy", Items::None, kNoFields),  // only borrows its dict
    PRIVATE("_thread._local", Items::None, kThreadLocal),
#if PY_VERSION_HEX < 0x030C0000
    LayoutRow{nullptr, "_io.StringIO", Items::Traverse, kStringIo, false},
#endif
    LayoutRow{nullptr, "_pickle.Pickler", Items::PicklerMemo, kNoFields, false},
    LayoutRow{nullptr, "_pickle.Unpickler", Items::UnpicklerMemo, kNoFields, false},
};
#undef PUBLIC
#undef PRIVATE

const LayoutRow kExceptionRow{nullptr, "BaseException", Items::Traverse, kException, false};

struct SizeRow {
  const char* owner;
  SizeRule rule;
};
constexpr SizeRow kSizes[] = {
    {"dict", SizeRule::Dict},
    {"frozendict", SizeRule::Dict},
    {"list", SizeRule::List},
    {"str", SizeRule::Text},
    {"int", SizeRule::Integer},
    {"set", SizeRule::Set},
    {"frozenset", SizeRule::Set},
    {"bytearray", SizeRule::ByteArray},
    {"type", SizeRule::Type},
    {"code", SizeRule::Code},
    {"frame", SizeRule::Frame},
    {"collections.deque", SizeRule::Deque},
    {"collections.OrderedDict", SizeRule::OrderedDict},
    {"array.array", SizeRule::Array},
    {"_io.BytesIO", SizeRule::BytesIo},
    {"_io.BufferedReader", SizeRule::Buffered},
    {"_io.BufferedWriter", SizeRule::Buffered},
    {"_io.BufferedRandom", SizeRule::Buffered},
    {"_struct.Struct", SizeRule::Struct},
    {"Struct", SizeRule::Struct},
    {"xml.etree.ElementTree.Element", SizeRule::Element},
    {"decimal.Decimal", SizeRule::Decimal},
    {"itertools.product", SizeRule::Product},
    {"itertools.combinations", SizeRule::Combinations},
    {"itertools.combinations_with_replacement", SizeRule::Combinations},
    {"itertools.permutations", SizeRule::Permutations},
    {"_pickle.Pickler", SizeRule::Pickler},
    {"_pickle.Unpickler", SizeRule::Unpickler},
    {"StgDict", SizeRule::CtypesDict},
    {"_ctypes.CType_Type", SizeRule::CtypesType},
    {"_queue.SimpleQueue", SizeRule::SimpleQueue},
    {"generator", SizeRule::Generator},
    {"coroutine", SizeRule::Generator},
    {"async_generator", SizeRule::Generator},
};

bool isException(PyTypeObject* type) {
  return (type->tp_flags & Py_TPFLAGS_BASE_EXC_SUBCLASS) != 0;
}

}  // namespace

const LayoutRow* layoutRow(PyTypeObject* type) {
  const std::string_view name = type->tp_name;
  for (const LayoutRow& row : kRows) {
    if (row.type == type || (row.name && name == row.name)) return &row;
  }
  return isException(type) ? &kExceptionRow : nullptr;
}

SizeRule sizeRuleOf(PyTypeObject* type) {
  // Their tp_itemsize says they have items, but they keep something else where the count would be.
  for (PyTypeObject* suspended : {&PyGen_Type, &PyCoro_Type, &PyAsyncGen_Type}) {
    if (type == suspended) return SizeRule::Generator;
  }
  PyObject* order = type->tp_mro;
  if (!order) return SizeRule::Fixed;
  for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(order); ++i) {
    auto* ancestor = reinterpret_cast<PyTypeObject*>(PyTuple_GET_ITEM(order, i));
    PyObject* method = compat::lookUp(compat::namespaceOf(ancestor), "__sizeof__");
    if (!method || !Py_IS_TYPE(method, &PyMethodDescr_Type)) continue;
    const std::string_view owner = reinterpret_cast<PyDescrObject*>(method)->d_type->tp_name;
    for (const SizeRow& row : kSizes) {
      if (owner == row.owner) return row.rule;
    }
    return SizeRule::Fixed;
  }
  return SizeRule::Fixed;
}

}  // namespace whyalive::agent
