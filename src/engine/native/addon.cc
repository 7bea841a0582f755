// The native engine as a Node-API module: create(floats, threads), memory(machine), plan(machine, numbers), run(machine, plan).
#include <node_api.h>

#include <memory>
#include <string>

#include "machine.hpp"

namespace {

using graft::Machine;
using Handle = std::shared_ptr<Machine>;

void fail(napi_env env, const std::string& message) { napi_throw_error(env, nullptr, message.c_str()); }

// The arguments of a call. Throws where there are fewer than `count`.
std::vector<napi_value> argumentsOf(napi_env env, napi_callback_info info, std::size_t count) {
  std::vector<napi_value> values(count);
  std::size_t given = count;
  napi_get_cb_info(env, info, &given, values.data(), nullptr, nullptr);
  if (given < count) throw std::runtime_error("expected " + std::to_string(count) + " arguments");
  return values;
}

double numberOf(napi_env env, napi_value value) {
  double number = 0;
  if (napi_get_value_double(env, value, &number) != napi_ok) throw std::runtime_error("expected a number");
  return number;
}

Handle& machineOf(napi_env env, napi_value value) {
  void* data = nullptr;
  if (napi_get_value_external(env, value, &data) != napi_ok) throw std::runtime_error("expected a machine");
  return *static_cast<Handle*>(data);
}

napi_value create(napi_env env, napi_callback_info info) {
  const auto given = argumentsOf(env, info, 2);
  const auto floats = static_cast<std::size_t>(numberOf(env, given[0]));
  const int threads = static_cast<int>(numberOf(env, given[1]));
  if (threads < 1) throw std::runtime_error("expected at least one thread");
  auto* handle = new Handle(std::make_shared<Machine>(floats, threads));
  napi_value result;
  napi_create_external(
      env, handle, [](napi_env, void* data, void*) { delete static_cast<Handle*>(data); }, nullptr, &result);
  return result;
}

napi_value memory(napi_env env, napi_callback_info info) {
  const auto given = argumentsOf(env, info, 2);
  Handle& machine = machineOf(env, given[0]);
  const auto bytes = static_cast<std::size_t>(numberOf(env, given[1])) * sizeof(float);
  napi_value result;
  // The buffer keeps the machine alive.
  auto* keeper = new Handle(machine);
  const auto status = napi_create_external_arraybuffer(
      env, machine->arena(), bytes, [](napi_env, void*, void* hint) { delete static_cast<Handle*>(hint); }, keeper, &result);
  if (status != napi_ok) {
    delete keeper;
    throw std::runtime_error("this runtime has no external buffers");
  }
  return result;
}

napi_value plan(napi_env env, napi_callback_info info) {
  const auto given = argumentsOf(env, info, 2);
  napi_typedarray_type type;
  std::size_t length = 0;
  void* data = nullptr;
  if (napi_get_typedarray_info(env, given[1], &type, &length, &data, nullptr, nullptr) != napi_ok ||
      type != napi_float64_array)
    throw std::runtime_error("expected a Float64Array");
  const auto index = machineOf(env, given[0])->add(graft::readPlan(static_cast<const double*>(data), length));
  napi_value result;
  napi_create_double(env, static_cast<double>(index), &result);
  return result;
}

// A run on a thread of libuv's pool, so that the event loop goes on.
struct Run {
  Handle machine;
  std::size_t plan;
  napi_deferred deferred = nullptr;
  napi_async_work work = nullptr;
};

napi_value run(napi_env env, napi_callback_info info) {
  const auto given = argumentsOf(env, info, 2);
  auto task = std::make_unique<Run>(Run{machineOf(env, given[0]), static_cast<std::size_t>(numberOf(env, given[1]))});
  if (!task->machine->has(task->plan)) throw std::runtime_error("no such plan");
  napi_value promise, name;
  napi_create_promise(env, &task->deferred, &promise);
  napi_create_string_utf8(env, "graft", NAPI_AUTO_LENGTH, &name);
  Run* raw = task.release();
  napi_create_async_work(
      env, nullptr, name, [](napi_env, void* data) { static_cast<Run*>(data)->machine->run(static_cast<Run*>(data)->plan); },
      [](napi_env env, napi_status, void* data) {
        std::unique_ptr<Run> done(static_cast<Run*>(data));
        napi_value nothing;
        napi_get_undefined(env, &nothing);
        napi_resolve_deferred(env, done->deferred, nothing);
        napi_delete_async_work(env, done->work);
      },
      raw, &raw->work);
  napi_queue_async_work(env, raw->work);
  return promise;
}

// Turns C++ exceptions into JavaScript's.
template <napi_value (*function)(napi_env, napi_callback_info)>
napi_value guarded(napi_env env, napi_callback_info info) {
  try {
    return function(env, info);
  } catch (const std::exception& error) {
    fail(env, error.what());
    return nullptr;
  }
}

template <napi_value (*function)(napi_env, napi_callback_info)>
void define(napi_env env, napi_value exports, const char* name) {
  napi_value value;
  napi_create_function(env, name, NAPI_AUTO_LENGTH, guarded<function>, nullptr, &value);
  napi_set_named_property(env, exports, name, value);
}

}  // namespace

NAPI_MODULE_INIT() {
  define<create>(env, exports, "create");
  define<memory>(env, exports, "memory");
  define<plan>(env, exports, "plan");
  define<run>(env, exports, "run");
  return exports;
}
