/** The native MuJoCo library, which is an option: the shared library that GRAFT_MUJOCO_LIBRARY names, called through koffi. */

/** Pointers of the native library. */
export type NativePointer = unknown;

/** The functions of MuJoCo's C API that are used; `signature` is a sum of mjtState. */
export type NativeMujoco = {
  readonly loadModel: (bytes: Uint8Array, length: number) => NativePointer;
  readonly makeData: (model: NativePointer) => NativePointer;
  readonly deleteModel: (model: NativePointer) => void;
  readonly deleteData: (data: NativePointer) => void;
  readonly step: (model: NativePointer, data: NativePointer) => void;
  readonly setState: (
    model: NativePointer,
    data: NativePointer,
    state: Float64Array,
    signature: number,
  ) => void;
  readonly getState: (
    model: NativePointer,
    data: NativePointer,
    state: Float64Array,
    signature: number,
  ) => void;
};

/** Environment variable with the path of libmujoco. */
export const libraryVariable = 'GRAFT_MUJOCO_LIBRARY';

let library: Promise<NativeMujoco | undefined> | undefined;

/**
 * The native library, if one is named and can be used; loaded once per process or thread.
 * @param version of MuJoCo that the WebAssembly module has: the two must be the same
 */
export function nativeMujoco(version: string): Promise<NativeMujoco | undefined> {
  library ??= tryNative(process.env[libraryVariable] ?? '', version);
  return library;
}

/**
 * A library that may be of no use: a line on the standard error then says why, and WebAssembly does the work.
 * @param path empty for none
 */
export async function tryNative(path: string, version: string): Promise<NativeMujoco | undefined> {
  if (path === '') return undefined;
  try {
    return await openNative(path, version);
  } catch (error) {
    console.error(
      `graft: ${libraryVariable} is of no use, WebAssembly simulates: ${(error as Error).message}`,
    );
    return undefined;
  }
}

/** @throws Error if koffi is not installed, the library cannot be loaded, or it is of another version */
export async function openNative(path: string, version: string): Promise<NativeMujoco> {
  const { default: koffi } = await import('koffi');
  const functions = koffi.load(path);
  const versionString = functions.func('str mj_versionString()') as () => string;
  const found = versionString();
  if (found !== version) throw new Error(`${path} is MuJoCo ${found}, expected ${version}`);
  return {
    loadModel: functions.func('void *mj_loadModelBuffer(void *buffer, int size)'),
    makeData: functions.func('void *mj_makeData(void *model)'),
    deleteModel: functions.func('void mj_deleteModel(void *model)'),
    deleteData: functions.func('void mj_deleteData(void *data)'),
    step: functions.func('void mj_step(void *model, void *data)'),
    setState: functions.func('void mj_setState(void *model, void *data, void *state, int signature)'),
    getState: functions.func('void mj_getState(void *model, void *data, void *state, int signature)'),
  };
}
