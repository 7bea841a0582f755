import { test } from 'node:test';
import assert from 'node:assert/strict';
import { parse } from 'yaml';
import { compatibleQos, qosProfiles, rosbag2Qos } from '../../src/ros/index.js';

test('rosbag2 reads the profiles as a list of maps', () => {
  const forever = { sec: 9223372036, nsec: 854775807 };
  assert.deepEqual(
    parse(rosbag2Qos([qosProfiles.latched, qosProfiles.sensor])),
    [
      { history: 'keep_last', depth: 1, reliability: 'reliable', durability: 'transient_local' },
      { history: 'keep_last', depth: 5, reliability: 'best_effort', durability: 'volatile' },
    ].map((qos) => ({
      ...qos,
      deadline: forever,
      lifespan: forever,
      liveliness: 'automatic',
      liveliness_lease_duration: forever,
      avoid_ros_namespace_conventions: false,
    })),
  );
});

test('a subscriber asks for no more than every publisher offers', () => {
  const { reliable, sensor, latched } = qosProfiles;
  assert.deepEqual(compatibleQos([latched, latched], 7), { ...latched, depth: 7 });
  assert.deepEqual(compatibleQos([latched, reliable], 7), { ...reliable, depth: 7 });
  assert.deepEqual(compatibleQos([reliable, sensor], 7), { ...sensor, depth: 7 });
  assert.deepEqual(compatibleQos([], 7), { ...reliable, depth: 7 });
});
