/** Two nodes that talk to each other, as an executable for `runtime.test.ts`. */
import type { Schema } from '../../src/config/schema.js';
import { runContainer, runExecutable, runNodes, type NodeDefinition } from '../../src/ros/index.js';

const schema: Schema = {
  type: 'object',
  properties: {
    text: { type: 'string', default: 'hello', read_only: true },
    linger: { type: 'number', default: 0, minimum: 0, unit: 's' },
  },
};
const type = 'std_msgs/msg/Header';

type TalkerParameters = { text: string; linger: number };

const talker: NodeDefinition<TalkerParameters> = {
  name: 'talker',
  schema,
  create: ({ node, parameters }) => {
    const { text, linger } = parameters.values;
    const publisher = node.publisher('chat', type, 'reliable');
    return Promise.resolve({
      activate: () => {
        if (text === 'dumb') throw new Error('nothing to say');
        node.timer(0.05, () => publisher.publish({ stamp: node.now(), frame_id: text }));
      },
      shutdown: async () => {
        await new Promise((resolve) => setTimeout(resolve, linger * 1000));
        console.log('talker has shut down');
      },
    });
  },
};

const listener: NodeDefinition = {
  name: 'listener',
  schema: { type: 'object', properties: {} },
  create: ({ node, diagnostics }) => {
    const echo = node.publisher('heard', type, 'reliable');
    let heard = 0;
    node.subscription('chat', type, 'reliable', (message) => {
      echo.publish(message);
      diagnostics.set('chat', 'OK', 'listening', { heard: ++heard });
      if (message.frame_id === 'nonsense') throw new Error('not understood');
    });
    return Promise.resolve({ shutdown: () => console.log('listener has shut down') });
  },
};

const nodes = [talker, listener];
const alone = nodes.filter((node) => process.argv[2] === node.name);
await runExecutable(alone.length > 0 ? runNodes(alone) : runContainer(nodes));
