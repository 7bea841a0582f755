import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { eventually, withGraph } from './graph.js';

const isEmbedded = process.env['FASTDDS_DEFAULT_PROFILES_FILE']?.endsWith('loopback.xml') === true;
const skip = isEmbedded && process.platform === 'linux' ? false : 'a ROS 2 of your own, or no /proc';

test(
  'on the embedded ROS 2 no memory is shared, in which a killed process could leave a lock',
  { skip },
  async () => {
    await withGraph(async (_graph, spinning) => {
      const heard: string[] = [];
      const type = 'std_msgs/msg/Header';
      const publisher = spinning('speaker').publisher('said', type, 'latched');
      spinning('hearer').subscription('said', type, 'latched', ({ frame_id }) => void heard.push(frame_id));
      publisher.publish({ stamp: { sec: 0, nanosec: 0 }, frame_id: 'a word' });
      await eventually('a word', () => heard.length > 0);
      const memory = readFileSync('/proc/self/maps', 'utf8');
      assert.match(memory, /libfastdds/);
      assert.doesNotMatch(memory, /\/dev\/shm\/fastdds/);
    });
  },
);
