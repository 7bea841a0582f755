import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import type { MjData, MjModel } from '@mujoco/mujoco';
import { cameraInfo, cameraNames } from '../../../src/sim/camera/camera-model.js';
import type { Image } from '../../../src/sim/camera/image.js';
import { SoftwareCamera } from '../../../src/sim/camera/software-camera.js';
import { loadPhysics, mujoco } from '../../../src/sim/mujoco.js';
import type { Mujoco } from '../../../src/sim/mujoco.js';

type World = { mj: Mujoco; model: MjModel; data: MjData };

/** A camera `eye` at the origin that looks along +y with x to the right and z up, and the given content. */
async function world(content: string, head = ''): Promise<World> {
  const mj = await mujoco();
  const xml = `<mujoco>${head}<worldbody><camera name="eye" xyaxes="1 0 0 0 0 1" fovy="50"/>${content}</worldbody></mujoco>`;
  const vfs = new mj.MjVFS();
  const model = mj.MjModel.from_xml_string(xml, vfs);
  vfs.delete();
  assert.ok(model);
  const data = new mj.MjData(model);
  mj.mj_forward(model, data);
  return { mj, model, data };
}

function shoot({ mj, model, data }: World, width = 160, height = 120, antialias = false): Image {
  return new SoftwareCamera(mj, model, { camera: 'eye', width, height, antialias }).render(data);
}

type Patch = { count: number; u: number; v: number; width: number; height: number };

/** Pixels where one channel (0 red, 1 green, 2 blue) outshines the other two: count, centre, extents. */
function patch(image: Image, channel: number): Patch {
  let [count, u, v] = [0, 0, 0];
  let [left, right, top, bottom] = [Infinity, -Infinity, Infinity, -Infinity];
  for (let pixel = 0; pixel < image.width * image.height; pixel++) {
    const rgb = image.data.subarray(3 * pixel, 3 * pixel + 3);
    const others = Math.max(rgb[(channel + 1) % 3], rgb[(channel + 2) % 3]);
    if (rgb[channel] <= others + 40) continue;
    const [x, y] = [pixel % image.width, Math.floor(pixel / image.width)];
    count++;
    u += x;
    v += y;
    [left, right] = [Math.min(left, x), Math.max(right, x)];
    [top, bottom] = [Math.min(top, y), Math.max(bottom, y)];
  }
  return { count, u: u / count, v: v / count, width: right - left + 1, height: bottom - top + 1 };
}

test('a sphere appears where the pinhole formula puts it', async () => {
  const [x, y, z, radius] = [0.3, 3, -0.2, 0.4];
  const scene = await world(`<geom pos="${x} ${y} ${z}" size="${radius}" rgba="1 0.1 0.1 1"/>`);
  const { fx, fy, cx, cy } = cameraInfo(scene.model, 'eye', 320, 240);
  const seen = patch(shoot(scene, 320, 240), 0);
  // Silhouette of a ball on an axis at depth y: the tangents at tan = (a y -+ r sqrt(a^2 + y^2 - r^2)) / (y^2 - r^2).
  const edges = (a: number): [number, number] => {
    const root = radius * Math.sqrt(a * a + y * y - radius * radius);
    return [(a * y - root) / (y * y - radius * radius), (a * y + root) / (y * y - radius * radius)];
  };
  const [left, right] = edges(x);
  const [top, bottom] = edges(-z);
  assert.ok(Math.abs(seen.u - (cx + (fx * (left + right)) / 2)) < 1);
  assert.ok(Math.abs(seen.v - (cy + (fy * (top + bottom)) / 2)) < 1);
  assert.ok(Math.abs(seen.width - fx * (right - left)) < 2, `width ${seen.width}`);
  assert.ok(Math.abs(seen.height - fy * (bottom - top)) < 2, `height ${seen.height}`);
});

test('the nearer of two bodies hides the farther one, whichever comes first in the model', async () => {
  const near = '<geom type="box" pos="0 2 0" size="0.5 0.1 0.5" rgba="0.1 0.1 1 1"/>';
  const far = '<geom type="box" pos="0 4 0" size="0.5 0.1 0.5" rgba="1 0.1 0.1 1"/>';
  for (const content of [near + far, far + near]) {
    const image = shoot(await world(content));
    assert.equal(patch(image, 0).count, 0);
    assert.ok(patch(image, 2).count > 1000);
  }
});

test('a box that is lifted moves up in the image by its projected height', async () => {
  const scene = await world(
    '<body name="block"><freejoint/><geom type="box" size="0.2 0.2 0.2" rgba="0.1 1 0.1 1"/></body>',
  );
  const at = (height: number): Patch => {
    (scene.data.qpos as Float64Array).set([0, 3, height, 1, 0, 0, 0]);
    scene.mj.mj_forward(scene.model, scene.data);
    return patch(shoot(scene, 160, 120), 1);
  };
  const { fy } = cameraInfo(scene.model, 'eye', 160, 120);
  const rise = at(0).v - at(0.3).v;
  assert.ok(Math.abs(rise - (fy * 0.3) / 2.8) < 2, `rose ${rise} px`);
});

test('every kind of geom covers the area that its outline has', async () => {
  const outlines: [string, number][] = [
    ['type="sphere" size="0.1"', Math.PI * 0.01],
    ['type="box" size="0.1 0.01 0.2"', 0.08],
    ['type="ellipsoid" size="0.1 0.02 0.2"', Math.PI * 0.02],
    ['type="capsule" size="0.1 0.2"', 0.08 + Math.PI * 0.01],
    ['type="cylinder" size="0.1 0.2"', 0.08],
    ['type="plane" size="0.1 0.2 1" zaxis="0 -1 0"', 0.08],
    ['type="mesh" mesh="wedge"', 0.02],
  ];
  const asset =
    '<asset><mesh name="wedge" vertex="-0.1 0 -0.1  0.1 0 -0.1  -0.1 0 0.1  -0.1 0.02 -0.1  0.1 0.02 -0.1  -0.1 0.02 0.1"/></asset>';
  for (const [shape, area] of outlines) {
    const scene = await world(`<geom ${shape} pos="0 6 0" rgba="1 0 0 1"/>`, asset);
    const { fx } = cameraInfo(scene.model, 'eye', 640, 640);
    const expected = area * (fx / 6) ** 2;
    const { count } = patch(shoot(scene, 640, 640), 0);
    assert.ok(Math.abs(count / expected - 1) < 0.08, `${shape}: ${count} px for ${expected.toFixed(0)}`);
  }
});

test('collision geoms and invisible ones are not drawn', async () => {
  const image = shoot(
    await world(
      '<geom group="3" pos="0 2 0" size="0.3" rgba="1 0 0 1"/><geom pos="0 2 0" size="0.3" rgba="1 0 0 0"/>',
    ),
  );
  assert.equal(patch(image, 0).count, 0);
});

test('a plane that passes beside and behind the camera fills the image below the horizon', async () => {
  const image = shoot(await world('<geom type="plane" pos="0 0 -1" size="0 0 1" rgba="1 0.1 0.1 1"/>'));
  for (const row of [80, 100, 119]) {
    for (const column of [0, 80, 159]) {
      const at = 3 * (row * image.width + column);
      assert.ok(image.data[at] > image.data[at + 2] + 20, `row ${row}, column ${column}`);
    }
  }
});

test('a body casts a shadow on the floor below it, and none without shadows', async () => {
  const content =
    '<light directional="true" dir="0 0 -1" pos="0 0 5"/><geom type="plane" pos="0 0 -1" size="5 5 1" rgba="1 1 1 1"/>' +
    '<geom pos="0 4 0.2" size="0.3" rgba="1 0 0 1"/>';
  const { mj, model, data } = await world(content);
  const brightness = (shadows: boolean): number => {
    const image = new SoftwareCamera(mj, model, { camera: 'eye', width: 160, height: 120, shadows }).render(
      data,
    );
    const { fy, cy } = cameraInfo(model, 'eye', 160, 120);
    return image.data[3 * (Math.round(cy + fy / 4) * 160 + 80)];
  };
  assert.ok(brightness(true) < 0.75 * brightness(false));
});

test('a body outside the image casts its shadow into it', async () => {
  const light = '<light directional="true" dir="0 0 -1" pos="0 0 5"/>';
  const floor = '<geom type="plane" pos="0 0 -1" size="5 5 1" rgba="1 1 1 1"/>';
  const body = '<geom pos="0 3 2" size="0.3" rgba="1 0 0 1"/>';
  const row = async (content: string): Promise<number> => {
    const image = shoot(await world(content));
    assert.equal(patch(image, 0).count, 0, 'out of sight');
    return image.data[3 * (102 * 160 + 80)]; // the floor 3 m ahead
  };
  assert.ok((await row(light + floor + body)) < 0.75 * (await row(light + floor)));
});

test('images are a function of the data alone, also into a given buffer', async () => {
  const { mj, model, data } = await world(
    '<geom type="capsule" pos="0.1 2 0" euler="20 30 0" size="0.2 0.3"/>',
  );
  for (const antialias of [false, true]) {
    const camera = new SoftwareCamera(mj, model, { camera: 'eye', width: 84, height: 84, antialias });
    const first = camera.render(data);
    const buffer = new Uint8Array(3 * 84 * 84);
    assert.equal(camera.render(data, buffer).data, buffer);
    assert.deepEqual(buffer, first.data);
    assert.throws(() => camera.render(data, new Uint8Array(3)), RangeError);
  }
});

test('depth is along the optical axis, and infinite where nothing is', async () => {
  const { mj, model, data } = await world(
    '<geom type="box" pos="0 2.1 0" size="0.5 0.1 0.5"/><geom pos="3 5 0" size="0.8"/>',
  );
  for (const antialias of [false, true]) {
    const camera = new SoftwareCamera(mj, model, { camera: 'eye', width: 161, height: 121, antialias });
    const { depth, colour, segmentation } = camera.draw(data, ['depth']);
    assert.deepEqual([colour, segmentation], [undefined, undefined]);
    const at = (column: number, row: number): number => depth?.[161 * row + column] ?? NaN;
    for (const [column, row] of [
      [80, 60],
      [60, 60],
      [85, 75],
    ])
      assert.ok(Math.abs(at(column, row) - 2) < 1e-5, `${column}, ${row}: ${at(column, row)} m`);
    assert.equal(at(5, 5), Infinity);
    const { fx } = cameraInfo(model, 'eye', 161, 121);
    const column = Math.round(80 + (fx * 3) / 5);
    const slope = (column - 80) / fx;
    // Nearer root of |t (slope, 1) - (3, 5)| = 0.8.
    const [a, b, c] = [slope * slope + 1, slope * 3 + 5, 34 - 0.64];
    assert.ok(Math.abs(at(column, 60) - (b - Math.sqrt(b * b - a * c)) / a) < 1e-4);
  }
});

test('segmentation names geom and body of each pixel, hidden groups left out', async () => {
  const { mj, model, data } = await world(
    '<geom group="3" pos="0 1 0" size="0.3"/><body pos="0 2 0"><geom size="0.3"/></body>',
  );
  for (const antialias of [false, true]) {
    const camera = new SoftwareCamera(mj, model, { camera: 'eye', width: 81, height: 61, antialias });
    const { segmentation, colour } = camera.draw(data, ['segmentation', 'colour']);
    assert.deepEqual([...(segmentation ?? []).slice(2 * (81 * 30 + 40)).slice(0, 2)], [1, 1]);
    assert.deepEqual([...(segmentation ?? []).slice(0, 2)], [-1, -1]);
    assert.deepEqual(colour, camera.render(data).data);
  }
});

test("a texture counts as its mean colour, times the material's", async () => {
  const asset =
    '<asset><texture name="cloth" type="2d" builtin="checker" rgb1="1 0 0" rgb2="1 0 1" width="16" height="16"/>' +
    '<material name="cloth" texture="cloth" rgba="1 1 0.5 1" specular="0"/></asset>';
  const plain = await world('<geom type="box" pos="0 2 0" size="1 0.1 1" rgba="1 0 0.25 1"/>');
  const textured = await world('<geom type="box" pos="0 2 0" size="1 0.1 1" material="cloth"/>', asset);
  const centre = (image: Image): number[] => [...image.data.subarray(3 * (60 * 160 + 80)).subarray(0, 3)];
  const [expected, seen] = [centre(shoot(plain)), centre(shoot(textured))];
  seen.forEach((value, k) =>
    assert.ok(Math.abs(value - expected[k]) <= 3, `${String(seen)} for ${String(expected)}`),
  );
});

test('a camera inside a solid sees out of it, and one close to a surface no farther than that', async () => {
  for (const shape of [
    'type="sphere" size="0.5"',
    'type="ellipsoid" size="0.4 0.5 0.6"',
    'type="capsule" size="0.3 0.5"',
    'type="cylinder" size="0.3 0.5"',
    'type="box" size="0.3 0.4 0.5"',
  ]) {
    const content = `<geom ${shape} rgba="0.1 0.1 1 1"/><geom pos="0 3 0" size="0.4" rgba="1 0 0 1"/>`;
    const image = shoot(await world(content));
    assert.equal(patch(image, 2).count, 0, shape);
    assert.ok(patch(image, 0).count > 300, shape);
    const close = shoot(await world(content.replace('rgba="0.1', 'pos="0 0.62 0" rgba="0.1')));
    assert.ok(patch(close, 2).count > 1000, `${shape} close by`);
  }
});

test('a rod that runs past the camera from behind is seen up to the border of the image', async () => {
  for (const type of ['capsule', 'cylinder']) {
    const rod = `<geom type="${type}" fromto="0.3 -2 0 0.3 4 0" size="0.1" rgba="1 0.1 0.1 1"/>`;
    const image = shoot(await world(rod));
    const { width, height } = patch(image, 0);
    const red = 3 * (60 * image.width + image.width - 2);
    assert.ok(image.data[red] > image.data[red + 1] + 40, `${type} at the border`);
    assert.ok(width > 40 && height > 30, `${type}: ${width} x ${height} px`);
  }
});

test('an unknown camera is an error that lists the known ones', async () => {
  const { mj, model } = await world('<camera name="side"/>');
  assert.throws(
    () => new SoftwareCamera(mj, model, { camera: 'front', width: 8, height: 8 }),
    /front.*eye, side/,
  );
  assert.throws(() => new SoftwareCamera(mj, model, { camera: 'eye', width: 0, height: 8 }), RangeError);
});

test("intrinsics from focal length and sensor agree with MuJoCo's own frustum", async () => {
  const { mj, model, data } = await world(
    '<camera name="lens" resolution="640 480" sensorsize="0.064 0.048" focalpixel="500 510" principalpixel="30 20"/>' +
      '<geom size="0.1"/>',
  );
  const scene = new mj.MjvScene(model, 10);
  const view = new mj.MjvCamera();
  view.type = mj.mjtCamera.mjCAMERA_FIXED.value;
  view.fixedcamid = 1;
  const all = mj.mjtCatBit.mjCAT_ALL.value;
  mj.mjv_updateScene(model, data, new mj.MjvOption(), new mj.MjvPerturb(), view, all, scene);
  const frustum = scene.camera as unknown as {
    get(
      k: number,
    ): Record<'frustum_center' | 'frustum_width' | 'frustum_top' | 'frustum_bottom' | 'frustum_near', number>;
  };
  const {
    frustum_center: centre,
    frustum_width: half,
    frustum_top: top,
    frustum_bottom: bottom,
    frustum_near: near,
  } = frustum.get(0);
  const { fx, fy, cx, cy } = cameraInfo(model, 'lens', 320, 240);
  assert.ok(Math.abs(fx - (near * 320) / (2 * half)) < 0.01);
  assert.ok(Math.abs(fy - (near * 240) / (top - bottom)) < 0.01);
  assert.ok(Math.abs(cx + 0.5 - (320 * (half - centre)) / (2 * half)) < 0.01);
  assert.ok(Math.abs(cy + 0.5 - (240 * top) / (top - bottom)) < 0.01);
});

test('every camera of the lift scene sees something', async () => {
  const { mj, model, data } = await loadPhysics(join('sim', 'models', 'lift_scene.xml'));
  mj.mj_forward(model, data);
  const cameras = cameraNames(model);
  for (const camera of ['head', 'scene', 'left_wrist', 'right_wrist'])
    assert.ok(cameras.includes(camera), camera);
  for (const camera of cameras) {
    const { data: bytes } = new SoftwareCamera(mj, model, { camera, width: 84, height: 84 }).render(data);
    const mean = bytes.reduce((sum, value) => sum + value, 0) / bytes.length;
    const variance = bytes.reduce((sum, value) => sum + (value - mean) ** 2, 0) / bytes.length;
    assert.ok(variance > 200, `${camera}: variance ${variance}`);
  }
});
