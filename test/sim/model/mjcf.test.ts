import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import sharp from 'sharp';
import { ConfigError } from '../../../src/config/config-error.js';
import { disposePhysics, loadPhysics, requireId, type Physics } from '../../../src/sim/mujoco.js';
import { modelFolder, tetrahedron } from './model-folder.js';

type Files = Readonly<Record<string, string | Uint8Array>>;

async function load(t: TestContext, files: Files, main = 'main.xml'): Promise<Physics> {
  const physics = await loadPhysics(join(modelFolder(t, files), main));
  t.after(() => {
    disposePhysics(physics);
  });
  return physics;
}

async function errorOf(t: TestContext, files: Files, main = 'main.xml'): Promise<ConfigError> {
  try {
    await load(t, files, main);
  } catch (error) {
    assert.ok(error instanceof ConfigError, String(error));
    return error;
  }
  throw new Error('loaded without an error');
}

const world = (content: string, head = ''): string =>
  `<mujoco>${head}<worldbody>${content}</worldbody></mujoco>`;

test('includes are found beside the main file and beside the including one, also nested', async (t) => {
  const { model } = await load(t, {
    'main.xml': world('', '<include file="parts/arm.xml"/>'),
    'parts/arm.xml': world('<geom size="1"/>', '<include file="deep/hand.xml"/><include file="table.xml"/>'),
    'parts/deep/hand.xml': world('<geom size="1"/>'),
    'table.xml': world('<geom size="1"/>'),
  });
  assert.equal(model.ngeom, 3);
});

test('meshes of one name in different folders stay apart; meshdir of an included file holds', async (t) => {
  const { model } = await load(t, {
    'main.xml': world(
      '<geom type="mesh" mesh="a"/><geom type="mesh" mesh="b"/>',
      '<include file="inc/settings.xml"/><asset><mesh name="a" file="left/link.obj"/><mesh name="b" file="right/link.obj"/></asset>',
    ),
    'inc/settings.xml': '<mujoco><compiler meshdir="assets"/></mujoco>',
    'assets/left/link.obj': tetrahedron(1),
    'assets/right/link.obj': tetrahedron(2),
  });
  const [left, right] = model.geom_rbound as Float64Array;
  assert.ok(Math.abs(right / left - 2) < 1e-3, `radii ${left}, ${right}`);
});

test('the last compiler element counts, assetdir sets both folders, strippath cuts folders off', async (t) => {
  const png = await sharp({ create: { width: 2, height: 2, channels: 3, background: 'red' } })
    .png()
    .toBuffer();
  const { model } = await load(t, {
    'main.xml': world(
      '<geom type="mesh" mesh="link" material="m"/>',
      '<compiler meshdir="wrong"/><compiler assetdir="data" strippath="true"/><asset><mesh file="old/place/link.obj"/>' +
        '<texture name="t" type="2d" file="skin.png"/><material name="m" texture="t"/></asset>',
    ),
    'data/link.obj': tetrahedron(1),
    'data/skin.png': png,
  });
  assert.deepEqual([model.nmesh, model.ntex], [1, 1]);
});

test('height fields, cube textures with a file a side, and defaults classes load', async (t) => {
  const png = await sharp({ create: { width: 4, height: 4, channels: 3, background: 'grey' } })
    .png()
    .toBuffer();
  const sides = ['right', 'left', 'up', 'down', 'front', 'back'].map((side) => `file${side}="side.png"`);
  const physics = await load(t, {
    'main.xml': world(
      '<geom type="hfield" hfield="hills"/><body childclass="finger"><joint name="j" class="distal"/><geom size="0.1"/></body>',
      `<compiler texturedir="tex" meshdir="mesh"/><default><default class="finger"><joint damping="2"/><default class="distal"><joint damping="3"/></default></default></default>
       <asset><hfield name="hills" file="hills.png" size="1 1 1 1"/><texture name="box" type="cube" ${sides.join(' ')}/></asset>`,
    ),
    'tex/side.png': png,
    'mesh/hills.png': png,
  });
  assert.deepEqual([physics.model.nhfield, physics.model.ntex], [1, 1]);
  assert.equal((physics.model.dof_damping as Float64Array)[0], 3);
});

test('a comment that XML forbids but MuJoCo reads is no error, and names nothing', async (t) => {
  const { model } = await load(t, {
    'main.xml': world('<geom size="1"/>', '<!-- old -- <include file="gone.xml"/> -->'),
  });
  assert.equal(model.ngeom, 1);
});

test('an MJCF attaches a URDF from another folder, under a prefix', async (t) => {
  const physics = await load(
    t,
    {
      'scenes/main.xml': world(
        '<body name="mount" pos="0 0 1"><attach model="r" body="base" prefix="left_"/></body>',
        '<asset><model name="r" file="../robot/robot.urdf"/></asset>',
      ),
      'robot/robot.urdf':
        '<robot name="r"><link name="base"><visual><geometry><mesh filename="meshes/link.obj"/></geometry></visual></link></robot>',
      'robot/meshes/link.obj': tetrahedron(1),
    },
    'scenes/main.xml',
  );
  requireId(physics, 'body', 'left_base', 'main.xml');
  assert.equal(physics.model.nmesh, 1);
});

test('malformed XML names file and line, in an included file too', async (t) => {
  const files = {
    'main.xml': '<mujoco>\n<include file="broken.xml"/></mujoco>',
    'broken.xml': '<mujoco>\n<worldbody>\n<geom size="1"\n</worldbody></mujoco>',
  };
  const error = await errorOf(t, files);
  assert.match(error.file, /broken\.xml$/);
  assert.match(error.key, /^line [34]$/);
  assert.match(error.problem, /not well-formed XML/);
});

test('a missing mesh names file, line, element, the paths tried and the nearest name', async (t) => {
  const error = await errorOf(t, {
    'main.xml': '<mujoco><include file="parts/hand.xml"/></mujoco>',
    'parts/hand.xml': '<mujoco>\n<asset>\n<mesh name="palm" file="meshes/plam.obj"/></asset></mujoco>',
    'meshes/palm.obj': tetrahedron(1),
  });
  assert.match(error.file, /parts\/hand\.xml$/);
  assert.equal(error.key, 'line 3 <mesh name="palm">');
  assert.match(
    error.problem,
    /meshes\/plam\.obj does not exist; tried \S+\/meshes\/plam\.obj, \S+\/parts\/meshes\/plam\.obj/,
  );
  assert.match(error.problem, /did you mean palm\.obj\?/);
});

test('missing includes and models, second includes, foreign formats and packed models are refused', async (t) => {
  const cases: [Files, RegExp, RegExp][] = [
    [
      { 'main.xml': '<mujoco>\n<include file="gone.xml"/></mujoco>' },
      /line 2 <include>/,
      /gone\.xml does not exist/,
    ],
    [
      { 'main.xml': '<mujoco><include file="a.xml"/><include file="a.xml"/></mujoco>', 'a.xml': '<mujoco/>' },
      /<include>/,
      /included a second time/,
    ],
    [
      { 'main.xml': '<mujoco><asset><model name="r" file="gone.xml"/></asset></mujoco>' },
      /<model name="r">/,
      /does not exist/,
    ],
    [
      { 'main.xml': '<mujoco><asset><mesh name="m" file="m.dae"/></asset></mujoco>', 'm.dae': 'x' },
      /<mesh name="m">/,
      /expected \.obj, \.stl, \.msh/,
    ],
    [
      { 'main.xml': '<mujoco><asset><texture name="t" file="t.jpg"/></asset></mujoco>', 't.jpg': 'x' },
      /<texture name="t">/,
      /expected \.png/,
    ],
    [{ 'main.xml': '<sdf/>' }, /sdf/, /expected the element <mujoco> \(MJCF\) or <robot> \(URDF\)/],
  ];
  for (const [files, key, problem] of cases) {
    const error = await errorOf(t, files);
    assert.match(error.key, key);
    assert.match(error.problem, problem);
  }
  assert.match((await errorOf(t, { 'main.mjb': 'x' }, 'main.mjb')).problem, /packed model/);
  assert.match((await errorOf(t, {}, 'none.xml')).problem, /cannot be read/);
});

test("MuJoCo's own objection names the included file, line and element it is about", async (t) => {
  const syntax = await errorOf(t, {
    'main.xml': '<mujoco><include file="part.xml"/></mujoco>',
    'part.xml': '<mujoco>\n<worldbody>\n\n<geom sizes="1"/></worldbody></mujoco>',
  });
  assert.match(syntax.file, /part\.xml$/);
  assert.equal(syntax.key, 'line 4 <geom>');
  assert.match(syntax.problem, /unrecognized attribute: 'sizes'/);
  const meaning = await errorOf(t, {
    'main.xml': '<mujoco>\n<worldbody>\n<geom name="q" type="mesh" mesh="nowhere"/></worldbody></mujoco>',
  });
  assert.equal(meaning.key, 'line 3 <geom name="q">');
  assert.match(meaning.problem, /mesh 'nowhere' not found/);
});

test('a failed load leaves nothing behind: the same path loads once it is mended', async (t) => {
  const hand = (mesh: string): string =>
    world('<geom type="mesh" mesh="link"/>', `<asset><mesh file="${mesh}"/></asset>`);
  const folder = modelFolder(t, { 'main.xml': hand('link.obj'), 'link.obj': 'v 0 0 0\n' });
  await assert.rejects(loadPhysics(join(folder, 'main.xml')), ConfigError);
  writeFileSync(join(folder, 'link.obj'), tetrahedron(1));
  const physics = await loadPhysics(join(folder, 'main.xml'));
  assert.equal(physics.model.nmesh, 1);
  disposePhysics(physics);
});
