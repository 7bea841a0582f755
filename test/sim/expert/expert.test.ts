/** The expert on the lift task in MuJoCo, and other demonstrators in its scene. */
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { projectFile } from '../../../src/config/paths.js';
import { checkAgainst, loadSchema } from '../../../src/config/schema.js';
import type { Pose } from '../../../src/robot/pose.js';
import { Expert } from '../../../src/sim/expert/expert.js';
import { checkDemonstrator, type DemonstratorSpec } from '../../../src/sim/expert/spec.js';
import { HandKinematics } from '../../../src/sim/kinematics.js';
import { loadTask, type Task } from '../../../src/sim/task.js';
import { World } from '../../../src/sim/world.js';

const task = loadTask(projectFile('sim/tasks/lift.yaml'));
let world: World;
before(async () => {
  world = await World.create(task);
});
after(() => world.dispose());

const object = (): Pose => world.frames().get('object') ?? assert.fail('no object');

/** Calls `each` before every control step of an episode. */
function episode(expert: Expert, seed: number, steps: number, each: () => void = () => undefined): void {
  world.reset(seed);
  expert.reset(seed);
  for (let step = 0; step < steps; step++) {
    each();
    const targets = expert.act(world.jointPositions(), world.frames());
    world.step(Object.fromEntries(expert.task.action_joints.map((name, i) => [name, targets[i]])));
  }
}

async function expertOf(demonstrator: unknown, action_joints = task.action_joints): Promise<Expert> {
  const frames = { ...task.frames, other: { site: 'left_grasp' } };
  checkAgainst('demonstrator', loadSchema('demonstrator'), demonstrator, 'test');
  checkDemonstrator(demonstrator as DemonstratorSpec, { frames, action_joints, file: 'test' });
  const changed: Task = { ...task, frames, action_joints, demonstrator: demonstrator as DemonstratorSpec };
  return Expert.create(changed);
}

test('the expert lifts and holds the object, with noise on at least 6 of 7 seeds', async () => {
  for (const [noise, seeds] of [
    [false, 2],
    [true, 7],
  ] as const) {
    const expert = await Expert.create(task, { noise });
    let count = 0;
    for (let seed = 0; seed < seeds; seed++) {
      episode(expert, seed, 50);
      if (object().position[2] > 0.745 + 0.1) count++;
    }
    expert.dispose();
    assert.ok(count >= seeds - (noise ? 1 : 0), `${count} of ${seeds}, noise ${noise}`);
  }
});

test('the same seed gives the same noisy targets, another seed others', async () => {
  const expert = await Expert.create(task, { noise: true });
  world.reset(0);
  const first = (seed: number): Float64Array => {
    expert.reset(seed);
    return expert.act(world.jointPositions(), world.frames());
  };
  const a = first(4);
  assert.notDeepEqual(first(5), a);
  assert.deepEqual(first(4), a);
  expert.dispose();
});

test('noise is scaled as a whole, and a scale says nothing where there is no noise', async () => {
  world.reset(0);
  const first = async (options: { noise: boolean; noise_scale?: number }): Promise<Float64Array> => {
    const expert = await Expert.create(task, options);
    expert.reset(4);
    const targets = expert.act(world.jointPositions(), world.frames());
    expert.dispose();
    return targets;
  };
  const clean = await first({ noise: false });
  const noisy = await first({ noise: true });
  const scaled = await first({ noise: true, noise_scale: 3 });
  assert.notDeepEqual(noisy, clean);
  scaled.forEach((target, i) =>
    assert.ok(Math.abs(target - clean[i] - 3 * (noisy[i] - clean[i])) < 1e-12, `joint ${i}`),
  );
  assert.deepEqual(await first({ noise: false, noise_scale: 3 }), clean);
});

/** Moves the joints where the expert wants them at once; objects stay. Gives the targets and phases of each step. */
function follow(expert: Expert, steps: number, frames: ReadonlyMap<string, Pose>): [Float64Array, string][] {
  const names = task.robot.joints.map(({ name }) => name);
  const joints = Float64Array.from(task.robot.joints, ({ home }) => home);
  return Array.from({ length: steps }, () => {
    const targets = expert.act(joints, frames);
    targets.forEach((value, i) => (joints[names.indexOf(expert.task.action_joints[i])] = value));
    return [targets, expert.phase];
  });
}

// Sums over 40 steps and lengths of phases of the expert that had the four phases of lift in code (commit ea9ac00).
const former = {
  quiet: {
    sums: [
      -13.452392484535165, 6.179714363234205, -1.707280806277224, 0.7013950852309052, -4.677247738425217,
      18.241630038852442, -13.778941725060516, 70, 14.324999999999992, 35.34, 35.34, 35.34, 37.10999999999997,
    ],
    phases: { hover: 6, descend: 3, close: 7, lift: 24 },
  },
  noisy: {
    sums: [
      -13.194888799202783, 6.465573939474039, -1.5809838475297897, 0.87506396431784, -5.079359619036204,
      17.732232653281066, -14.028631445345306, 69.31151464040151, 14.617853253787956, 34.921040619121534,
      34.1079955116509, 34.489796975839376, 35.24025494876733,
    ],
    phases: { hover: 6, descend: 4, close: 7, lift: 23 },
  },
};

test('lift is what it was before demonstrators were declared', async () => {
  const half = 0.6;
  const block: Pose = { position: [0.41, -0.17, 0.745], orientation: [0, 0, Math.sin(half), Math.cos(half)] };
  for (const [kind, { sums, phases }] of Object.entries(former)) {
    const expert = await Expert.create(task, { noise: kind === 'noisy' });
    expert.reset(7);
    const steps = follow(expert, 40, new Map([['object', block]]));
    expert.dispose();
    const counts: Record<string, number> = {};
    for (const [, phase] of steps) counts[phase] = (counts[phase] ?? 0) + 1;
    assert.deepEqual(counts, phases);
    sums.forEach((expected, i) => {
      const sum = steps.reduce((total, [targets]) => total + targets[i], 0);
      assert.ok(Math.abs(sum - expected) < 1e-9, `${kind} ${task.action_joints[i]}: ${sum}, was ${expected}`);
    });
  }
});

const right = task.demonstrator?.hands.right ?? assert.fail('lift has a right hand');
const mirrored = <T>(pose: Record<string, T>): Record<string, T> =>
  Object.fromEntries(Object.entries(pose).map(([name, value]) => [name.replace('right', 'left'), value]));
const left = {
  frame: 'other',
  arm: right.arm.map((name) => name.replace('right', 'left')),
  open: mirrored(right.open),
  closed: mirrored(right.closed),
};
const grasp = [
  {
    name: 'hover',
    right: { at: 'object', align: 'face', offset: [0, 0, 0.08], pitch: 0.15, step_m: 0.035, grip: 0 },
    until: { within_m: 0.015 },
  },
  { name: 'descend', right: { at: 'object', align: 'face', pitch: 0.15 }, until: { within_m: 0.012 } },
  { name: 'close', right: { grip: 1, grip_steps: 4 }, until: { steps: 7 } },
];
const lift = { name: 'lift', right: { by: [0, 0, 0.15] } };

test('what is carried comes to its place, also turned, and stays there when the hand lets go', async () => {
  const place = { at: 'world', offset: [0.4, -0.15, 0.78], yaw: 0.4, align: 'face' };
  for (const source of ['measured', 'live', 'commanded']) {
    const expert = await expertOf({
      hands: { right },
      phases: [
        ...grasp,
        { ...lift, until: { within_m: 0.03 } },
        {
          name: 'carry',
          right: { carry: 'object', ...place, grasp: source },
          until: { within_m: 0.02, within_rad: 0.3, steps: 10 },
        },
        { name: 'open', right: { grip: 0, grip_steps: 2 }, until: { steps: 4 } },
        { name: 'retreat', right: { by: [0, 0, 0.1] } },
      ],
    });
    episode(expert, 5, 70);
    const { position, orientation } = object();
    assert.equal(expert.phase, 'retreat', source);
    const away = Math.hypot(position[0] - 0.4, position[1] + 0.15);
    assert.ok(away < 0.03, `${source}: ${position.join(' ')}`);
    assert.ok(position[2] < 0.76, `${source}: still at ${position[2]}`);
    const quarter = Math.PI / 2;
    const yaw = 2 * Math.atan2(orientation[2], orientation[3]);
    const turned = yaw - 0.4 - quarter * Math.round((yaw - 0.4) / quarter);
    assert.ok(Math.abs(turned) < 0.35, `${source}: turned ${turned}`);
    expert.dispose();
  }
});

test('a lost grasp sends the expert back, and it grasps again', async () => {
  const retry = { phase: 'hover', hand: 'right', frame: 'object', beyond_m: 0.06 };
  // The first closing is too weak to hold the block.
  const weak = { name: 'tease', right: { grip: 0.2 }, until: { steps: 4 } };
  const teased = { ...lift, name: 'try', until: { within_m: 0.02 }, else: { ...retry, phase: 'again' } };
  const again = grasp.map((phase) => ({
    ...phase,
    name: phase.name === 'hover' ? 'again' : `re-${phase.name}`,
  }));
  const phases = [
    grasp[0],
    grasp[1],
    weak,
    teased,
    ...again,
    { ...lift, else: { ...retry, phase: 'again' } },
  ];
  const expert = await expertOf({ hands: { right }, phases });
  const seen: string[] = [];
  episode(expert, 3, 90, () => {
    if (seen.at(-1) !== expert.phase) seen.push(expert.phase);
  });
  expert.dispose();
  assert.deepEqual(seen, ['hover', 'descend', 'tease', 'try', 'again', 're-descend', 're-close', 'lift']);
  assert.ok(object().position[2] > 0.845);
});

const bothArms = [...left.arm, ...Object.keys(left.open), ...task.action_joints];
const identity = [0, 0, 0, 1] as const;

test('two hands that carry one frame with commanded grasps move it like one body', async () => {
  const carry = { carry: 'object', at: 'world', offset: [0.34, 0.1, 0.95], yaw: 0.3, grasp: 'commanded' };
  const side = (y: number, yaw: number): object => ({ at: 'object', align: 'yaw', offset: [0, y, 0], yaw });
  const expert = await expertOf(
    {
      hands: { right, left },
      phases: [
        { name: 'press', left: side(0.12, -0.6), right: side(-0.12, 0.6), until: { steps: 40 } },
        { name: 'over', left: carry, right: carry },
      ],
    },
    bothArms,
  );
  const frames = new Map<string, Pose>([['object', { position: [0.34, 0, 0.9], orientation: identity }]]);
  const steps = follow(expert, 60, frames);
  const hands = await handPoses(steps.map(([targets]) => targets));
  const [first, last] = [hands[39], hands[59]];
  assert.ok(Math.abs(distance(first) - 0.24) < 1e-4, `${distance(first)}`);
  for (const pair of hands.slice(40)) assert.ok(Math.abs(distance(pair) - 0.24) < 1e-3, `${distance(pair)}`);
  const middle = [0, 1, 2].map((i) => (last[0].position[i] + last[1].position[i]) / 2);
  [0.34, 0.1, 0.95].forEach((value, i) => assert.ok(Math.abs(middle[i] - value) < 1e-3, middle.join(' ')));
  expert.dispose();
});

function distance([a, b]: readonly [Pose, Pose]): number {
  return Math.hypot(...a.position.map((value, i) => value - b.position[i]));
}

/** Poses of the left and the right hand at action targets of both arms. */
async function handPoses(actions: readonly Float64Array[]): Promise<(readonly [Pose, Pose])[]> {
  const kinematics = await HandKinematics.create(task.model, task.robot, [
    { site: 'left_grasp', arm: left.arm },
    { site: 'right_grasp', arm: right.arm },
  ]);
  const poses = actions.map((targets) => {
    kinematics.setJoints(Float64Array.from(task.robot.joints, ({ home }) => home));
    kinematics.setArm(0, targets.subarray(0, 7));
    kinematics.setArm(1, targets.subarray(13, 20));
    return [kinematics.handPose(0), kinematics.handPose(1)] as const;
  });
  kinematics.dispose();
  return poses;
}

test('actions keep the order of the action joints whatever the order of the hands', async () => {
  const at = (y: number): object => ({ at: 'world', offset: [0.35, y, 0.95], pitch: 0.2, grip: 0.5 });
  const phases = [{ name: 'hold', left: at(0.2), right: at(-0.2) }];
  const orders = [
    { right, left },
    { left, right },
  ];
  const results = await Promise.all(
    orders.map(async (hands) => {
      const expert = await expertOf({ hands, phases: structuredClone(phases) }, bothArms);
      const steps = follow(expert, 30, new Map());
      expert.dispose();
      return steps[29][0];
    }),
  );
  results[0].forEach((value, i) => assert.ok(Math.abs(value - results[1][i]) < 1e-9, bothArms[i]));
  assert.equal(results[0][bothArms.indexOf('left_index_joint')], 0.5 + 0.5 * (1.02 - 0.5));
});

test('reach is zero for resets of the task and tells a target that is too far', async () => {
  const expert = await Expert.create(task);
  world.reset(2);
  const near = expert.reach(world.jointPositions(), world.frames());
  assert.deepEqual(
    near.map(({ phase }) => phase),
    ['hover', 'descend', 'lift'],
  );
  for (const { error_m, error_rad, phase } of near) assert.ok(error_m < 1e-3 && error_rad < 1e-2, phase);
  const far = new Map(world.frames()).set('object', { position: [1.5, 0, 0.745], orientation: identity });
  const [hover] = expert.reach(world.jointPositions(), far);
  assert.ok(hover.error_m > 0.3, `${hover.error_m}`);
  expert.dispose();
});

test('reach carries along what a closed hand holds', async () => {
  const phases = [
    ...grasp,
    { ...lift, until: { within_m: 0.02 } },
    { name: 'carry', right: { carry: 'object', at: 'world', offset: [0.4, -0.1, 0.95] } },
  ];
  const expert = await expertOf({ hands: { right }, phases });
  world.reset(1);
  const carry = expert.reach(world.jointPositions(), world.frames()).at(-1);
  expert.dispose();
  assert.equal(carry?.phase, 'carry');
  assert.ok(carry.error_m < 1e-3, `${carry.error_m}`);
});

test('a task without a demonstrator, a body for a hand, and a missing pose are errors that say so', async () => {
  const { demonstrator, ...bare } = task;
  await assert.rejects(Expert.create(bare), /lift\.yaml: demonstrator: the task has none/);
  assert.ok(demonstrator !== undefined);
  const frames = { ...task.frames, hand: { body: 'object' } };
  await assert.rejects(Expert.create({ ...task, frames }), /hands\.right\.frame: hand is not a site/);
  const expert = await Expert.create(task);
  assert.throws(() => expert.act(world.jointPositions(), new Map()), /not given the pose of frame object/);
  expert.dispose();
});
