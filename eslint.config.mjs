import js from '@eslint/js';
import tseslint from 'typescript-eslint';

/** What decides, without ROS. */
const domains = [
  'config',
  'robot',
  'sim',
  'engine',
  'policy',
  'reward',
  'learning',
  'bag',
  'safety',
  'interfaces',
  'episodes',
];

/** Which folders of src each folder may import (docs/architecture.md). */
const arrows = {
  config: [],
  robot: ['config'],
  sim: ['config', 'robot'],
  engine: ['config'],
  policy: ['config', 'robot', 'engine'],
  reward: ['config', 'robot', 'sim', 'engine', 'policy', 'bag', 'interfaces'],
  learning: ['config', 'robot', 'engine', 'policy', 'reward', 'bag', 'interfaces'],
  interfaces: ['config'],
  bag: ['config', 'interfaces'],
  episodes: ['config'],
  safety: ['config', 'robot'],
  worlds: domains,
  trial: [...domains, 'worlds'],
  ros: ['config', 'interfaces'],
  nodes: [...domains, 'ros'],
  cli: [...domains, 'ros', 'worlds', 'trial'],
};

/** Packages that only one folder may import. */
const owners = {
  '@mujoco/mujoco': 'sim',
  '@tensorflow/tfjs': 'engine',
  '@tensorflow/tfjs-core': 'engine',
  'onnxruntime-node': 'engine',
  'onnx-proto': 'engine',
  '@mcap/core': 'bag',
  rclnodejs: 'ros',
  koffi: 'sim',
};

const arrowRules = Object.entries(arrows).map(([folder, allowed]) => ({
  files: [`src/${folder}/**/*.ts`],
  rules: {
    'no-restricted-imports': [
      'error',
      {
        paths: Object.entries(owners)
          .filter(([, owner]) => owner !== folder)
          .map(([name, owner]) => ({ name, message: `Only src/${owner} imports ${name}.` })),
        patterns: Object.keys(arrows)
          .filter((other) => other !== folder && !allowed.includes(other))
          .map((other) => ({
            group: [`**/${other}/**`],
            message: `src/${folder} must not import src/${other}.`,
          })),
      },
    ],
  },
}));

export default tseslint.config(
  {
    ignores: [
      'dist/',
      '.ros/',
      'runs/',
      'ros_ws/build/',
      'ros_ws/install/',
      'ros_ws/log/',
      'node_modules/',
      '**/.venv/',
    ],
  },
  js.configs.recommended,
  {
    files: ['**/*.mjs'],
    languageOptions: {
      globals: { process: 'readonly', console: 'readonly', URL: 'readonly', setTimeout: 'readonly' },
    },
  },
  {
    files: ['**/*.ts'],
    extends: [...tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      '@typescript-eslint/no-confusing-void-expression': 'off',
      '@typescript-eslint/no-unnecessary-condition': 'off',
      // loadYaml<T> and the like: what they return was checked against a JSON Schema.
      '@typescript-eslint/no-unnecessary-type-parameters': 'off',
      '@typescript-eslint/consistent-type-definitions': ['error', 'type'],
      'max-lines': ['error', { max: 300, skipBlankLines: true, skipComments: true }],
      'max-lines-per-function': ['error', { max: 40, skipBlankLines: true, skipComments: true }],
    },
  },
  {
    files: ['test/**/*.ts', 'bench/**/*.ts'],
    rules: {
      'max-lines-per-function': 'off',
      '@typescript-eslint/no-floating-promises': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
    },
  },
  ...arrowRules,
);
