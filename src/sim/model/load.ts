/** Compiles models from MJCF and URDF files. */
import { dirname, resolve } from 'node:path';
import type { MjModel, MjSpec } from '@mujoco/mujoco';
import { ConfigError } from '../../config/config-error.js';
import type { RobotProfile } from '../../robot/profile.js';
import { mujoco, type Mujoco, type Physics } from './library.js';
import { ModelFiles } from './model-files.js';
import { nativeMujoco } from './native-library.js';
import { NativeSteps } from './native-steps.js';
import { wasmSteps } from './physics-steps.js';
import { addPositionActuators } from './position-actuators.js';
import { hideCollisionShapes, urdfLinks } from './urdf-shapes.js';
import { elementsIn, lineOf, placeOf, type XmlSource } from './xml-source.js';

export type LoadOptions = {
  /** Its joints get position actuators where the model has none. */
  readonly robot?: RobotProfile;
  /** Folders in which the packages of package:// are, besides those around the URDF. */
  readonly packagePaths?: readonly string[];
};

/**
 * Compiles a model from an MJCF or URDF file with all files it names, and makes a state for it. An MJCF may attach a
 * robot's URDF: `<asset><model name="r" file="robot.urdf"/></asset>` and `<attach model="r" body="LINK" prefix=""/>`.
 * @throws ConfigError naming file, line and element if a file is missing, malformed or of a kind that MuJoCo does not
 * read, with MuJoCo's own message where it is MuJoCo that refuses; naming the profile if the model lacks one of its joints
 */
export async function loadPhysics(file: string, options: LoadOptions = {}): Promise<Physics> {
  const mj = await mujoco();
  const files = new ModelFiles(options.packagePaths);
  const main = resolve(file);
  files.addModel(main);
  const model = withFiles(mj, files, dirname(main), () => compile(mj, main, files, options.robot));
  const data = new mj.MjData(model);
  const native = await nativeMujoco(mj.mj_versionString());
  const steps = native === undefined ? wasmSteps(mj, model, data) : new NativeSteps(native, mj, model, data);
  return { mj, model, data, steps, patterns: new Float64Array(3 * model.ngeom) };
}

/** Frees model and state, which live outside JavaScript's heap. */
export function disposePhysics({ model, data, steps }: Physics): void {
  steps.dispose();
  data.delete();
  model.delete();
}

function compile(mj: Mujoco, file: string, files: ModelFiles, robot: RobotProfile | undefined): MjModel {
  const text = Buffer.from(files.contents.get(file) ?? []).toString();
  const nothing = new mj.MjVFS();
  try {
    const spec = mj.parseXMLString(text, nothing);
    try {
      hideCollisionShapes(mj, spec, urdfLinks(files.sources));
      if (robot !== undefined) addPositionActuators(mj, spec, robot, file);
      return mj.mj_compile(spec, nothing);
    } finally {
      freeSpec(mj, spec);
    }
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    throw refusal(error instanceof Error ? error.message : String(error), file, files.sources);
  } finally {
    nothing.delete();
  }
}

/** Frees a specification. Its own destructor keeps the compiled assets: 100 MB a load for a hand's meshes. */
function freeSpec(mj: Mujoco, spec: MjSpec): void {
  const { mjOBJ_MESH, mjOBJ_TEXTURE, mjOBJ_HFIELD, mjOBJ_SKIN } = mj.mjtObj;
  for (const kind of [mjOBJ_MESH, mjOBJ_TEXTURE, mjOBJ_HFIELD, mjOBJ_SKIN]) {
    for (let asset = mj.mjs_firstElement(spec, kind); asset; asset = mj.mjs_firstElement(spec, kind))
      if (mj.mjs_delete(spec, asset) !== 0) break;
  }
  spec.delete();
}

/** Runs `work` with the files in the library's own file system, and its working directory at `folder`. */
function withFiles<T>(mj: Mujoco, { contents }: ModelFiles, folder: string, work: () => T): T {
  const written: string[] = [];
  try {
    for (const [path, content] of contents) {
      mj.FS.mkdirTree(dirname(path), 0o777);
      mj.FS.writeFile(path, content, { canOwn: true });
      written.push(path);
    }
    mj.FS.chdir(folder);
    return work();
  } finally {
    mj.FS.chdir('/');
    for (const path of written) mj.FS.unlink(path);
  }
}

/** MuJoCo's error as one that names the file in which the element it speaks of is. */
function refusal(message: string, file: string, sources: readonly XmlSource[]): ConfigError {
  const reason = message
    .replace(/^MuJoCo Error: (Could not create Spec from XML string: )?/, '')
    .replace(/\s*\n\s*/g, '; ')
    .replace(/[; ]+$/, '');
  const problem = `MuJoCo cannot compile it: ${reason}`;
  const [, name, element, given] =
    /Element (?:name '([^']+)', id \d+|'([^']+)'), line (\d+)/.exec(message) ?? [];
  const line = given === undefined || given === '0' ? undefined : Number(given);
  const places = sources.flatMap((source) =>
    [...elementsIn(source.root)]
      .filter((candidate) =>
        name === undefined ? candidate.name === element : candidate.attributes['name'] === name,
      )
      .filter((candidate) => line === undefined || lineOf(source, candidate) === line)
      .map((candidate) => ({ file: source.file, key: placeOf(source, candidate) })),
  );
  // Of elements in included files MuJoCo gives no line: the place is told only where there is but one.
  const [place, another] = places;
  if (place === undefined || another !== undefined) return new ConfigError(file, '', problem);
  return new ConfigError(place.file, place.key, problem);
}
