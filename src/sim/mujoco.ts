/** The MuJoCo library (WebAssembly) and models compiled from MJCF files. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import loadMujoco, { type MainModule, type MjData, type MjModel } from '@mujoco/mujoco';
import { ConfigError } from '../config/config-error.js';

export type Mujoco = MainModule;

/** A compiled model with its state. The caller frees it with `disposePhysics`. */
export type Physics = { readonly mj: Mujoco; readonly model: MjModel; readonly data: MjData };

/** Kinds of named things in a model: mjtObj of MuJoCo's C API. */
const objectTypes = { body: 1, joint: 3, site: 6, camera: 7, actuator: 19 } as const;
export type ObjectKind = keyof typeof objectTypes;

let library: Promise<Mujoco> | undefined;

/** The WebAssembly module; loaded once per process. */
export function mujoco(): Promise<Mujoco> {
  library ??= loadMujoco({ printErr: () => undefined });
  return library;
}

/**
 * Compiles an MJCF file, with the files it includes, and makes a state for it.
 * @throws ConfigError if a file is missing or the MJCF is malformed, with MuJoCo's own message
 */
export async function loadPhysics(file: string): Promise<Physics> {
  const mj = await mujoco();
  const vfs = new mj.MjVFS();
  try {
    const xml = readMjcf(file);
    addIncludes(xml, file, vfs);
    const model = mj.MjModel.from_xml_string(xml, vfs);
    return { mj, model, data: new mj.MjData(model) };
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    throw new ConfigError(file, '', `MuJoCo cannot compile it: ${messageOf(error)}`);
  } finally {
    vfs.delete();
  }
}

/** Frees model and state, which live outside JavaScript's heap. */
export function disposePhysics({ model, data }: Physics): void {
  data.delete();
  model.delete();
}

/** Id of a named body, joint, site, camera or actuator. @throws ConfigError if the model has none of that name. */
export function requireId({ mj, model }: Physics, kind: ObjectKind, name: string, file: string): number {
  const id = mj.mj_name2id(model, objectTypes[kind], name);
  if (id < 0) throw new ConfigError(file, name, `the model has no ${kind} of that name`);
  return id;
}

function readMjcf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new ConfigError(file, '', `cannot be read: ${messageOf(error)}`);
  }
}

function addIncludes(
  xml: string,
  file: string,
  vfs: { addBuffer(name: string, bytes: unknown): void },
): void {
  for (const [, name] of xml.replace(/<!--[^]*?-->/g, '').matchAll(/<include\s+file="([^"]+)"/g)) {
    const path = join(dirname(file), name);
    if (!existsSync(path)) throw new ConfigError(file, 'include', `${name} does not exist`);
    const text = readMjcf(path);
    vfs.addBuffer(name, Buffer.from(text));
    addIncludes(text, path, vfs);
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
