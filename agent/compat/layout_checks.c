/* Compares layouts.h with the internal headers of the interpreter the agent is built for. */
#define PY_SSIZE_T_CLEAN
#define Py_BUILD_CORE 1
#include <Python.h>
#include <frameobject.h>
#include <stddef.h>

#include "agent/compat/layouts.h"

#define SAME_OFFSET(ours, a, theirs, b) \
  _Static_assert(offsetof(ours, a) == offsetof(theirs, b), #theirs "." #b " has moved")
#define SAME_SIZE(ours, theirs) _Static_assert(sizeof(ours) == sizeof(theirs), #theirs " has changed")

#include "internal/pycore_interp.h"
#include "internal/pycore_gc.h"

#if PY_VERSION_HEX >= 0x030B0000
#include "internal/pycore_context.h"
#include "internal/pycore_dict.h"
#include "internal/pycore_frame.h"
#include "internal/pycore_hamt.h"
#include "internal/pycore_moduleobject.h"

SAME_SIZE(WaDictKeys, struct _dictkeysobject);
SAME_OFFSET(WaDictKeys, log2IndexBytes, struct _dictkeysobject, dk_log2_index_bytes);
SAME_OFFSET(WaDictKeys, kind, struct _dictkeysobject, dk_kind);
SAME_OFFSET(WaDictKeys, entryCount, struct _dictkeysobject, dk_nentries);
SAME_SIZE(WaDictEntry, PyDictKeyEntry);
SAME_SIZE(WaDictUnicodeEntry, PyDictUnicodeEntry);
SAME_OFFSET(WaDictValues, values, struct _dictvalues, values);
_Static_assert(DICT_KEYS_GENERAL == 0 && DICT_KEYS_UNICODE == 1 && DICT_KEYS_SPLIT == 2, "dict kinds");

SAME_SIZE(WaInterpreterFrame, struct _PyInterpreterFrame);
SAME_OFFSET(WaInterpreterFrame, previous, struct _PyInterpreterFrame, previous);
SAME_OFFSET(WaInterpreterFrame, locals, struct _PyInterpreterFrame, f_locals);
SAME_OFFSET(WaInterpreterFrame, frameObject, struct _PyInterpreterFrame, frame_obj);
SAME_OFFSET(WaInterpreterFrame, owner, struct _PyInterpreterFrame, owner);
SAME_OFFSET(WaInterpreterFrame, localsPlus, struct _PyInterpreterFrame, localsplus);
SAME_OFFSET(WaFrameObject, frame, struct _frame, f_frame);
SAME_OFFSET(WaFrameObject, trace, struct _frame, f_trace);
SAME_OFFSET(WaFrameObject, line, struct _frame, f_lineno);
SAME_OFFSET(WaFrameObject, data, struct _frame, _f_frame_data);
SAME_OFFSET(WaGenerator, name, PyGenObject, gi_name);
SAME_OFFSET(WaGenerator, exception, PyGenObject, gi_exc_state);
SAME_OFFSET(WaGenerator, originOrFinalizer, PyGenObject, gi_origin_or_finalizer);
SAME_OFFSET(WaGenerator, frameState, PyGenObject, gi_frame_state);
SAME_OFFSET(WaGenerator, frame, PyGenObject, gi_iframe);
_Static_assert((int)WA_FRAME_CREATED == (int)FRAME_CREATED, "frame states");
_Static_assert((int)WA_FRAME_SUSPENDED == (int)FRAME_SUSPENDED, "frame states");
_Static_assert((int)WA_FRAME_EXECUTING == (int)FRAME_EXECUTING, "frame states");
_Static_assert((int)WA_FRAME_CLEARED == (int)FRAME_CLEARED, "frame states");
_Static_assert((int)WA_OWNED_BY_FRAME_OBJECT == (int)FRAME_OWNED_BY_FRAME_OBJECT, "frame owners");
_Static_assert((int)WA_OWNED_BY_GENERATOR == (int)FRAME_OWNED_BY_GENERATOR, "frame owners");

SAME_OFFSET(WaModule, dict, PyModuleObject, md_dict);
SAME_OFFSET(WaModule, name, PyModuleObject, md_name);
SAME_OFFSET(WaContext, variables, struct _pycontextobject, ctx_vars);
SAME_OFFSET(WaContext, previous, struct _pycontextobject, ctx_prev);
SAME_OFFSET(WaContextVariable, defaultValue, struct _pycontextvarobject, var_default);
SAME_OFFSET(WaContextToken, oldValue, struct _pycontexttokenobject, tok_oldval);
SAME_OFFSET(WaHamt, root, PyHamtObject, h_root);
#endif

#if PY_VERSION_HEX >= 0x030D0000
SAME_OFFSET(WaDictValues, valid, struct _dictvalues, valid);
_Static_assert(MANAGED_DICT_OFFSET == WA_MANAGED_DICT_WORD * (Py_ssize_t)sizeof(void*), "managed dict");
SAME_OFFSET(WaInterpreterFrame, executable, struct _PyInterpreterFrame, f_executable);
SAME_OFFSET(WaInterpreterFrame, instruction, struct _PyInterpreterFrame, instr_ptr);
SAME_OFFSET(WaFrameObject, localsCache, struct _frame, f_locals_cache);
#elif PY_VERSION_HEX >= 0x030B0000
SAME_OFFSET(WaInterpreterFrame, executable, struct _PyInterpreterFrame, f_code);
SAME_OFFSET(WaInterpreterFrame, instruction, struct _PyInterpreterFrame, prev_instr);
#endif

#if PY_VERSION_HEX >= 0x030C0000
SAME_OFFSET(WaInterpreterFrame, function, struct _PyInterpreterFrame, f_funcobj);
#elif PY_VERSION_HEX >= 0x030B0000
SAME_OFFSET(WaInterpreterFrame, function, struct _PyInterpreterFrame, f_func);
#endif

#if PY_VERSION_HEX >= 0x030E0000
#include "internal/pycore_interpframe_structs.h"
#include "internal/pycore_stackref.h"
SAME_OFFSET(WaInterpreterFrame, stackPointer, struct _PyInterpreterFrame, stackpointer);
SAME_OFFSET(WaFrameObject, overwrittenLocals, struct _frame, f_overwritten_fast_locals);
SAME_SIZE(WaStackRef, _PyStackRef);
_Static_assert(Py_TAG_REFCNT == 1 && Py_INT_TAG == 3 && PyStackRef_NULL_BITS == 1, "stack references");
#elif PY_VERSION_HEX >= 0x030B0000
SAME_OFFSET(WaInterpreterFrame, stackTop, struct _PyInterpreterFrame, stacktop);
#endif

SAME_OFFSET(WaGcState, generations, struct _gc_runtime_state, generations);
SAME_OFFSET(WaGcState, generation0, struct _gc_runtime_state, generation0);
SAME_OFFSET(WaGcState, permanent, struct _gc_runtime_state, permanent_generation);
SAME_OFFSET(WaGcState, enabled, struct _gc_runtime_state, enabled);
SAME_SIZE(WaGcHead, PyGC_Head);

/* Facts of this build that only the internal headers know. They may differ between patch releases of
 * one minor version, so whoever uses them checks them against the running interpreter first. */
const size_t waInterpreterStateBytes = sizeof(PyInterpreterState);
const size_t waInterpreterGcOffset = offsetof(PyInterpreterState, gc);

// Where the interpreter keeps what it needs after a fork (revival.cpp).
const size_t waForkHooksOffset = offsetof(PyInterpreterState, after_forkers_child);
#if PY_VERSION_HEX >= 0x030D0000
#include "internal/pycore_runtime.h"
const size_t waMainThreadStateOffset = offsetof(_PyRuntimeState, main_tstate);
#else
const size_t waMainThreadStateOffset = 0;
#endif

/* Objects that the interpreter's own struct holds. Each is used only where an object is found. */
#define FIELD(name, member) {name, offsetof(PyInterpreterState, member), 1}
#define FIELDS(name, member) \
  {name, offsetof(PyInterpreterState, member), \
   sizeof(((PyInterpreterState*)0)->member) / sizeof(PyObject*)}
const WaInterpreterField waInterpreterFields[] = {
#if PY_VERSION_HEX >= 0x030C0000
    FIELD("import.modules_by_index", imports.modules_by_index),
    FIELD("import.importlib", imports.importlib),
    FIELD("import.import_func", imports.import_func),
    FIELD("sysdict_copy", sysdict_copy),
    FIELDS("monitoring", monitoring_callables),
#else
    FIELD("import.modules_by_index", modules_by_index),
    FIELD("import.importlib", importlib),
    FIELD("import.import_func", import_func),
#endif
#if PY_VERSION_HEX >= 0x030D0000
    FIELD("codecs.search_path", codecs.search_path),
    FIELD("codecs.search_cache", codecs.search_cache),
    FIELD("codecs.error_registry", codecs.error_registry),
#else
    FIELD("codecs.search_path", codec_search_path),
    FIELD("codecs.search_cache", codec_search_cache),
    FIELD("codecs.error_registry", codec_error_registry),
#endif
#if PY_VERSION_HEX >= 0x030E0000
    FIELD("atexit", atexit.callbacks),
#endif
    FIELD("sysdict", sysdict),
    FIELD("dict", dict),
    FIELD("builtins_copy", builtins_copy),
    FIELD("before_forkers", before_forkers),
    FIELD("after_forkers_parent", after_forkers_parent),
    FIELD("after_forkers_child", after_forkers_child),
    FIELD("gc.garbage", gc.garbage),
    FIELD("gc.callbacks", gc.callbacks),
};
/* A list that the collector is not shown. */
const size_t waInterpreterAuditHooksOffset = offsetof(PyInterpreterState, audit_hooks);
const size_t waInterpreterFieldCount = sizeof waInterpreterFields / sizeof waInterpreterFields[0];

#if PY_VERSION_HEX < 0x030E0000
SAME_OFFSET(WaAtExit, count, struct atexit_state, ncallbacks);
const size_t waInterpreterAtExitOffset = offsetof(PyInterpreterState, atexit);
#endif

/* Where a static type's dict of subclasses is: since 3.12 with the interpreter. */
#if PY_VERSION_HEX >= 0x030D0000
const size_t waStaticTypesOffset = offsetof(PyInterpreterState, types.builtins.initialized);
SAME_SIZE(WaStaticType, managed_static_type_state);
SAME_OFFSET(WaStaticType, subclasses, managed_static_type_state, tp_subclasses);
#elif PY_VERSION_HEX >= 0x030C0000
const size_t waStaticTypesOffset = offsetof(PyInterpreterState, types.builtins);
SAME_SIZE(WaStaticType, static_builtin_state);
SAME_OFFSET(WaStaticType, subclasses, static_builtin_state, tp_subclasses);
#endif
